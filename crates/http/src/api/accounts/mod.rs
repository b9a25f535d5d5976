//! Accounts: logging in, sessions, second factors, sign-on, users, clients and their keys.

pub mod change_password;
pub mod client_keys;
pub mod clients;
pub mod invitations;
pub mod login;
pub mod new_invitation;
pub mod new_users;
pub mod oauth;
pub mod reauthentication;
pub mod second_factors;
pub mod sessions;
pub mod sign_on;
pub mod users;
