import type { Channel } from '../../electron/contract/channel.ts'

/** Where this page stands with the server. */
export type SignIn = { state: 'open'; key: string } | { state: 'refused'; message: string }

const STORED = 'paddock-key'

/** Presents the code of the address, once, or the key that this tab already holds. */
export async function signIn(): Promise<SignIn> {
  const code = /^#code=([\w-]+)$/.exec(location.hash)?.[1]
  if (code !== undefined) {
    // Out of the address before anything else, so that a bookmark or a screenshot does not keep it.
    history.replaceState(undefined, '', '#/timeline')
    const response = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    const reply = (await response.json()) as { key: string } | { message: string }
    if ('message' in reply) return { state: 'refused', message: reply.message }
    sessionStorage.setItem(STORED, reply.key)
    return { state: 'open', key: reply.key }
  }
  const key = sessionStorage.getItem(STORED)
  if (key !== null) {
    const response = await fetch('/session', { headers: { authorization: `Bearer ${key}` } })
    if (response.ok) return { state: 'open', key }
  }
  return {
    state: 'refused',
    message: 'This tab holds no session. Open the newest address that Paddock announced in its terminal.',
  }
}

/** The channel to the broker. Rejects when it can't be opened. */
export function openChannel(key: string): Promise<Channel> {
  const socket = new WebSocket(`ws://${location.host}/channel`, ['paddock', `key.${key}`])
  const channel: Channel = {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
    },
    onMessage: (listener) => socket.addEventListener('message', (event) => listener(JSON.parse(event.data as string))),
    onClose: (listener) => socket.addEventListener('close', () => listener()),
    close: () => socket.close(),
  }
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve(channel))
    socket.addEventListener('close', () => reject(new Error('The channel could not be opened.')))
  })
}
