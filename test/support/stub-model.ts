import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import * as z from 'zod'

/** A tool call that the model is made to issue. */
export interface ScriptedCall {
  name: string
  input: Record<string, unknown>
  /** For a call that starts a sub-agent: the calls of that one. Its conversation is known by `input.prompt`. */
  subAgent?: ScriptedCall[]
}

/** A model that plays a script, so that a real agent can be driven without a key and without a network. */
export interface StubModel {
  /** For `ANTHROPIC_BASE_URL`. */
  url: string
  /** What the agent sent back for each call: what the model gets to read. */
  results: string[]
  close(): Promise<void>
}

const MessagesRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  tools: z.array(z.looseObject({ name: z.string() })).default([]),
  messages: z.array(z.looseObject({ content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]) })),
})

type Block = { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> } | { type: 'text'; text: string }

/**
 * Serves the Anthropic Messages format on 127.0.0.1. Issues the calls one after the other, each once the result of the
 * one before came back, then says `done`. Side requests (titles, summaries) do not offer the tool and get text.
 */
export async function stubModel(...script: ScriptedCall[]): Promise<StubModel> {
  const results: string[] = []

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request)
    const path = request.url ?? ''
    if (path.startsWith('/v1/messages/count_tokens')) return json(response, 200, { input_tokens: 1 })
    if (request.method !== 'POST' || !path.startsWith('/v1/messages'))
      return json(response, 404, { type: 'error', error: { type: 'not_found_error', message: `no ${path} here` } })

    const { model, stream, tools, messages } = MessagesRequest.parse(JSON.parse(body))
    const got = messages
      .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
      .filter((block) => block.type === 'tool_result')
    const own = script.find((call) => call.subAgent && startsWith(messages[0]?.content, call.input['prompt']))?.subAgent
    const next = (own ?? script)[got.length]
    const offered = next && tools.some((tool) => tool.name === next.name)
    if (tools.length > 0 && !own) results.splice(0, Infinity, ...got.map((block) => resultText(block['content'])))
    const block: Block = offered
      ? { type: 'tool_use', id: `toolu_stub_${own ? 'sub_' : ''}${got.length}`, name: next.name, input: next.input }
      : { type: 'text', text: 'done' }
    if (stream) streamMessage(response, model, block)
    else json(response, 200, { ...message(model, [block]), stop_reason: stopReason(block) })
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) =>
      json(response, 500, { type: 'error', error: { type: 'api_error', message: String(error) } }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    results,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Whether the first words of a conversation hold what a sub-agent was told. */
function startsWith(content: unknown, prompt: unknown): boolean {
  return typeof prompt === 'string' && JSON.stringify(content ?? '').includes(JSON.stringify(prompt).slice(1, -1))
}

function resultText(content: unknown): string {
  if (typeof content === 'string') return content
  const texts = z.array(z.looseObject({ text: z.string().default('') })).safeParse(content)
  return texts.success ? texts.data.map((part) => part.text).join('\n') : JSON.stringify(content)
}

const stopReason = (block: Block): string => (block.type === 'tool_use' ? 'tool_use' : 'end_turn')

function message(model: string, content: Block[]): object {
  const usage = { input_tokens: 1, output_tokens: 1 }
  return { id: 'msg_stub', type: 'message', role: 'assistant', model, content, stop_reason: null, stop_sequence: null, usage }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** One message as server-sent events: the block opens empty, its content comes in one delta. */
function streamMessage(response: ServerResponse, model: string, block: Block): void {
  const [opened, delta] =
    block.type === 'tool_use'
      ? [{ ...block, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(block.input) }]
      : [{ ...block, text: '' }, { type: 'text_delta', text: block.text }]
  const events = [
    { type: 'message_start', message: message(model, []) },
    { type: 'content_block_start', index: 0, content_block: opened },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason(block), stop_sequence: null },
      usage: { output_tokens: 1 },
    },
    { type: 'message_stop' },
  ]
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  response.end()
}
