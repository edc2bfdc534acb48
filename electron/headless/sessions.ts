import { createHash, randomBytes } from 'node:crypto'

/** The two halves of a session's credential, 128 random bits each. */
export interface Credential {
  /** In a cookie that scripts can't read. Browsers send it to every port of the host, so it is not enough. */
  cookie: string
  /** In the page's session storage, which only this origin, port included, can read. */
  key: string
}

/** The browsers that presented a code. They end with the process. */
export class Sessions {
  private readonly open = new Set<string>()

  start(): Credential {
    const credential = { cookie: randomBytes(16).toString('base64url'), key: randomBytes(16).toString('base64url') }
    this.open.add(hashOf(credential))
    return credential
  }

  has(cookie: string | undefined, key: string | undefined): boolean {
    return cookie !== undefined && key !== undefined && this.open.has(hashOf({ cookie, key }))
  }
}

function hashOf({ cookie, key }: Credential): string {
  return createHash('sha256').update(`${cookie} ${key}`).digest('hex')
}
