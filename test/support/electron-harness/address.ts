/**
 * Chromium can't be taught a scheme from outside, so `app://paddock/x` becomes `https://paddock.app.electron.invalid/x`,
 * a secure origin of its own too. Requests for it never leave the machine: the harness answers them.
 */
export function toChromium(url: string): string {
  return url.replace(/^([a-z]+):\/\/([^/]+)/, (own, scheme: string, host: string) =>
    ['http', 'https', 'file'].includes(scheme) ? own : `https://${host}.${scheme}.electron.invalid`,
  )
}

/** The address that a page of Chromium would have in Electron. */
export function fromChromium(url: string): string {
  return url.replace(/^https:\/\/([^/]+)\.([a-z]+)\.electron\.invalid/, '$2://$1')
}
