//! Certificates of keys that sign, by which somebody who trusts their authority needs no name of a key told.

use anyhow::{Context, Result, anyhow, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::path::Path;

/// The certificates of a file in base64 (RFC 7517, section 4.7), the first of which must be that of a private key
/// (PKCS #8).
pub(super) fn of_key(path: &Path, pkcs8: &[u8]) -> Result<Vec<String>> {
    chain(path, pkcs8).with_context(|| path.display().to_string())
}

fn chain(path: &Path, pkcs8: &[u8]) -> Result<Vec<String>> {
    let chain = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>)?;
    ensure!(!chain.is_empty(), "there is no certificate in it");
    for (place, certificate) in (1..).zip(&chain) {
        ParsedCertificate::try_from(certificate).with_context(|| format!("certificate {place} cannot be read"))?;
    }
    let x5c = chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
    let key = any_supported_type(&PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pkcs8)))?;
    let fits = CertifiedKey::new(chain, key).keys_match();
    fits.map_err(|_| anyhow!("the first certificate is not that of the key that signs"))?;
    Ok(x5c)
}
