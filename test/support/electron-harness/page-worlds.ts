/**
 * What runs inside Chromium: Electron's `contextBridge` and `ipcRenderer`, as far as a preload of ours uses them. The
 * functions here are turned into source text and evaluated there, so they use nothing from outside themselves. (For the
 * same reason coverage tools must leave this file alone.)
 */

/** Structured values to what JSON can carry, and back. Functions cross only where `functions` takes them. */
export interface Codec {
  pack: (value: unknown) => unknown
  unpack: (data: unknown) => unknown
}

export interface FunctionPort {
  name(callable: (...args: unknown[]) => unknown): number
  call(name: number): (...args: unknown[]) => unknown
}

export function makeCodec(functions?: FunctionPort): Codec {
  type Packed = { v?: unknown; big?: string; num?: string; list?: Packed[]; object?: [string, Packed][]; fn?: number }
  const pack = (value: unknown): Packed => {
    if (value === undefined) return {}
    if (typeof value === 'bigint') return { big: String(value) }
    if (typeof value === 'number' && !Number.isFinite(value)) return { num: String(value) }
    if (typeof value === 'function' && functions) return { fn: functions.name(value as (...args: unknown[]) => unknown) }
    if (typeof value === 'function' || typeof value === 'symbol') throw new Error('An object could not be cloned.')
    if (typeof value !== 'object' || value === null) return { v: value }
    if (Array.isArray(value)) return { list: value.map(pack) }
    return { object: Object.entries(value).map(([key, item]) => [key, pack(item)]) }
  }
  const unpack = (data: unknown): unknown => {
    const packed = data as Packed
    if (packed.big !== undefined) return BigInt(packed.big)
    if (packed.num !== undefined) return Number(packed.num)
    if (packed.fn !== undefined) return functions?.call(packed.fn)
    if (packed.list) return packed.list.map(unpack)
    if (packed.object) return Object.fromEntries(packed.object.map(([key, item]) => [key, unpack(item)]))
    return packed.v
  }
  return { pack, unpack }
}

type Side = 'page' | 'preload'

/**
 * One end of the contextBridge. Page and preload share the document, so custom events on it carry the messages, under a
 * random name that the page does not know. Dispatching is synchronous, hence so are calls across.
 */
function makeBridge(codecFactory: typeof makeCodec, key: string, side: Side): (name: string, api: unknown) => void {
  type Message =
    | { type: 'expose'; name: string; value: unknown }
    | { type: 'call'; fn: number; id: number; args: unknown[] }
    | { type: 'return'; id: number; value?: unknown; error?: string }
  const other = side === 'page' ? 'preload' : 'page'
  const functions = new Map<number, (...args: unknown[]) => unknown>()
  const returned = new Map<number, Message & { type: 'return' }>()
  let last = 0

  const post = (message: Message): void => {
    document.dispatchEvent(new CustomEvent(key + other, { detail: JSON.stringify(message) }))
  }
  const codec = codecFactory({
    name: (callable) => {
      last += 1
      functions.set(last, callable)
      return last
    },
    call:
      (fn) =>
      (...args) => {
        last += 1
        const id = last
        post({ type: 'call', fn, id, args: args.map(codec.pack) })
        const answer = returned.get(id)
        returned.delete(id)
        if (answer?.error !== undefined) throw new Error(answer.error)
        return answer && codec.unpack(answer.value)
      },
  })
  const run = (fn: number, args: unknown[]): { value: unknown } | { error: string } => {
    try {
      return { value: codec.pack(functions.get(fn)?.(...args.map(codec.unpack))) }
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  document.addEventListener(key + side, (event) => {
    const message = JSON.parse((event as CustomEvent<string>).detail) as Message
    if (message.type === 'return') returned.set(message.id, message)
    else if (message.type === 'call') post({ type: 'return', id: message.id, ...run(message.fn, message.args) })
    else {
      const value = Object.freeze(codec.unpack(message.value))
      Object.defineProperty(window, message.name, { value, configurable: false, writable: false, enumerable: true })
    }
  })
  return (name, api) => post({ type: 'expose', name, value: codec.pack(api) })
}

/** What `require('electron')` gives to a preload. `sendToMain` is a binding that only the preload's world has. */
function makeElectron(codecFactory: typeof makeCodec, expose: (name: string, api: unknown) => void): unknown {
  const world = globalThis as unknown as { sendToMain(text: string): void; receiveFromMain(channel: string, args: unknown[]): void }
  const codec = codecFactory()
  const listeners = new Map<string, Set<(...args: unknown[]) => void>>()

  const on = (channel: string, listener: (...args: unknown[]) => void): void => {
    listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
  }
  world.receiveFromMain = (channel, args) => {
    for (const listener of listeners.get(channel) ?? []) listener({}, ...args.map(codec.unpack))
  }
  return {
    ipcRenderer: {
      send: (channel: string, ...args: unknown[]) => world.sendToMain(JSON.stringify({ channel, args: args.map(codec.pack) })),
      on,
      once: (channel: string, listener: (...args: unknown[]) => void) => {
        const first = (...args: unknown[]): void => {
          listeners.get(channel)?.delete(first)
          listener(...args)
        }
        on(channel, first)
      },
    },
    contextBridge: { exposeInMainWorld: expose },
  }
}

/** Evaluated in the page's world of every document, before its scripts. */
export function pageWorldSource(key: string): string {
  return `(${makeBridge.toString()})(${makeCodec.toString()}, ${JSON.stringify(key)}, 'page')`
}

/** Evaluated in an isolated world of every main document after that: the preload, with the `require` of a sandbox. */
export function preloadWorldSource(key: string, preload: string): string {
  return `(() => {
    if (window.top !== window) return
    const codec = ${makeCodec.toString()}
    const electron = (${makeElectron.toString()})(codec, (${makeBridge.toString()})(codec, ${JSON.stringify(key)}, 'preload'))
    const require = (name) => {
      if (name === 'electron') return electron
      throw new Error('module not found: ' + name)
    }
    const module = { exports: {} }
    ;((require, module, exports) => {${preload}\n})(require, module, module.exports)
  })()`
}
