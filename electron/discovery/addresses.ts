/** Whether an address means this machine. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

/** Loopback, private, link-local and unspecified addresses. */
export function isPrivate(address: string): boolean {
  return isLoopback(address) || /^(0\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|::$|fe80:|f[cd])/.test(address)
}

/** `127.0.0.1:80`, `[::1]:80`. */
export function endpointText(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
