import { channelPair, type Channel } from '../contract/channel.ts'
import { linkHost, Startup, type Pipe } from '../contract/links.ts'
import type { Role } from '../contract/operator.ts'
import type { BrokerChild } from './host.ts'

/** Milliseconds before the broker is started again: the first time, and at most. It doubles from failure to failure. */
const FIRST_RETRY = 500
const LONGEST_RETRY = 30_000
/** How long a broker must have been up for the next failure to count as the first, milliseconds. */
const STEADY_AFTER = 60_000
/** How long the broker may take to deny what waits and close its record before it is killed, milliseconds. */
const STOP_WITHIN = 5000

/** The broker, in a process of its own that is started again when it ends. */
export interface BrokerProcess {
  /** A channel for a window with these roles. While there is no process it closes at once. */
  open(roles: readonly Role[]): Channel
  /** Ends the broker for good; calls that wait are denied. Resolves once its process is gone. */
  stop(): Promise<void>
}

/** `up` is told each time a broker is ready, `gone` each time one ended or could not start, with the reason. */
export function superviseBroker(fork: () => BrokerChild, listener: { up(): void; gone(why: string): void }): BrokerProcess {
  let child: BrokerChild | undefined
  let links: ReturnType<typeof linkHost> | undefined
  let retryIn = FIRST_RETRY
  let retry: NodeJS.Timeout | undefined
  let stopping = false

  const start = (): void => {
    const broker = fork()
    child = broker
    // At once: what windows say until the broker listens waits in its port.
    links = linkHost(pipeOf(broker))
    let upSince: number | undefined
    let problem: string | undefined

    broker.once('message', (first: unknown) => {
      const startup = Startup.safeParse(first)
      if (!startup.success) problem = 'It does not belong to this version of Paddock. Install Paddock again.'
      else if ('failed' in startup.data) problem = startup.data.failed
      if (problem !== undefined) return void broker.kill()
      upSince = performance.now()
      listener.up()
    })
    broker.once('exit', (code) => {
      child = undefined
      links = undefined
      if (stopping) return
      if (upSince !== undefined && performance.now() - upSince > STEADY_AFTER) retryIn = FIRST_RETRY
      retry = setTimeout(start, retryIn)
      retryIn = Math.min(retryIn * 2, LONGEST_RETRY)
      listener.gone(problem ?? `The broker ended unexpectedly (exit code ${code}).`)
    })
  }
  start()

  return {
    open: (roles) => links?.open(roles) ?? closedChannel(),
    stop: async () => {
      stopping = true
      clearTimeout(retry)
      if (child) await end(child)
    },
  }
}

function pipeOf(broker: BrokerChild): Pipe {
  return {
    send: (message) => broker.postMessage(message),
    onMessage: (listener) => void broker.on('message', listener),
    onClose: (listener) => void broker.once('exit', () => listener()),
  }
}

function closedChannel(): Channel {
  const [channel, other] = channelPair()
  other.close()
  return channel
}

/** Asks the process to end, and kills it when it does not. */
async function end(broker: BrokerChild): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  broker.once('exit', () => resolve())
  const { pid } = broker
  broker.kill()
  const patience = setTimeout(() => {
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }, STOP_WITHIN)
  await ended
  clearTimeout(patience)
}
