// A stdio MCP server with two tools that leave a file behind: write_note and erase_note. Argument: the folder.
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const folder = process.argv[2]
const tools = ['write_note', 'erase_note'].map((name) => ({ name, inputSchema: { type: 'object', properties: { name: { type: 'string' } } } }))
const results = {
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'notes', version: '1' } }),
  'tools/list': () => ({ tools }),
  'tools/call': ({ name, arguments: { name: note } }) => {
    if (name === 'write_note') writeFileSync(join(folder, note), 'a note')
    else rmSync(join(folder, note))
    return { content: [{ type: 'text', text: 'done' }] }
  },
}
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) continue
  const result = results[method]?.(params)
  const reply = result ? { result } : { error: { code: -32601, message: 'no such method' } }
  console.log(JSON.stringify({ jsonrpc: '2.0', id, ...reply }))
}
