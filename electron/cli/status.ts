import { createConnection } from 'node:net'
import { text } from 'node:stream/consumers'
import { foldersOf } from '../broker/folders.ts'
import { connectorsFor } from '../connectors/installed.ts'
import { EndpointReply, type EndpointRequest } from '../contract/endpoint.ts'
import type { Connection } from '../contract/operator.ts'

type Status = Extract<EndpointReply, { type: 'status' }>

/** `paddock status`: exit code 1 when no broker answers. */
export async function statusCommand(options: { json?: boolean }): Promise<number> {
  const folders = foldersOf(process.env)
  const agents = connectorsFor(folders).map((connector) => connector.inspect())
  const broker = await askStatus(folders.endpoint)
  if (options.json) {
    const { type: _type, ...facts } = broker ?? { type: 'status' }
    console.log(JSON.stringify({ running: broker !== undefined, ...facts, agents }))
  } else {
    console.log(broker ? brokerLines(broker) : 'The broker is not running: every call of a connected agent is refused.\nStart it with "npm start" or "paddock serve".')
    for (const agent of agents) console.log(agentLine(agent))
  }
  return broker ? 0 : 1
}

/** Undefined when nobody answers, or not as a broker does. */
export async function askStatus(endpoint: string): Promise<Status | undefined> {
  const request: EndpointRequest = { type: 'status' }
  const socket = createConnection(endpoint)
  socket.setTimeout(5000, () => socket.destroy(new Error('no answer')))
  socket.write(`${JSON.stringify(request)}\n`)
  try {
    const reply = EndpointReply.parse(JSON.parse(await text(socket)))
    return reply.type === 'status' ? reply : undefined
  } catch {
    return undefined
  }
}

function brokerLines(broker: Status): string {
  const lines = [
    `The broker runs (process ${broker.pid}, version ${broker.version}), policy revision ${broker.revision}.`,
    `Waiting for an answer: ${broker.waiting}. Open windows of the operator: ${broker.operators}.`,
    `Journal: ${broker.journal}`,
    ...broker.knowledgeErrors.map((error) => `Error in what the monitor knows, what was known before stays: ${error}`),
    ...broker.policyErrors.map((error) => `Policy error, the revision before stays in force: ${error}`),
  ]
  return lines.join('\n')
}

function agentLine({ name, installed, state, level, file, note }: Connection): string {
  const found = installed ? '' : ' (its program was not found)'
  return `${name}${found}: ${state}, ${level}. ${file}${note === undefined ? '' : `\n  ${note}`}`
}
