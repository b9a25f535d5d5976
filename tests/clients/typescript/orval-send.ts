// Transport for the functions that orval makes: the server's address and the caller's token are not in the contract.
import { baseUrl } from './story';

export const session = { token: '' };

export async function send<T>(path: string, options: RequestInit): Promise<T> {
  const headers = new Headers(options.headers);
  if (session.token) headers.set('Authorization', `Bearer ${session.token}`);
  const response = await fetch(new URL(path, baseUrl), { ...options, headers });
  const text = await response.text();
  const data: unknown = text ? JSON.parse(text) : undefined;
  return { data, status: response.status, headers: response.headers } as T;
}
