import * as z from 'zod'
import type { News } from '../connector.ts'

const Text = z.looseObject({ type: z.literal('text'), text: z.string() })
const ToolUse = z.looseObject({ type: z.literal('tool_use'), id: z.string(), name: z.string() })
const ToolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).optional(),
})
const Block = z.union([Text, ToolUse, ToolResult, z.looseObject({ type: z.string() })])

/** One line of a transcript of Claude Code, as far as it is read. Not documented: what does not fit says nothing. */
const Line = z.looseObject({
  type: z.enum(['user', 'assistant']),
  /** Set for what Claude Code writes itself, such as the text of a command. */
  isMeta: z.boolean().optional(),
  isSidechain: z.boolean().optional(),
  message: z.looseObject({ content: z.union([z.string(), z.array(Block)]) }),
})

/** What lines of a transcript tell: what the person said, and what tools gave back. Lines that can't be read tell nothing. */
export function newsIn(lines: readonly string[]): News[] {
  const tools = new Map<string, string>()
  return lines.flatMap((line): News[] => {
    const parsed = Line.safeParse(parseJson(line))
    if (!parsed.success || parsed.data.isMeta === true) return []
    const { type, isSidechain, message } = parsed.data
    const blocks = typeof message.content === 'string' ? [{ type: 'text' as const, text: message.content }] : message.content
    return blocks.flatMap((block): News[] => {
      const use = ToolUse.safeParse(block)
      if (use.success) tools.set(use.data.id, use.data.name)
      const result = ToolResult.safeParse(block)
      if (result.success) return [{ kind: 'gave-back', tool: tools.get(result.data.tool_use_id) ?? 'a tool', text: textOf(result.data.content) }]
      const text = Text.safeParse(block)
      // What a sub-agent is told comes from the agent, not from the person.
      return text.success && type === 'user' && isSidechain !== true ? [{ kind: 'said', text: text.data.text }] : []
    })
  })
}

function textOf(content: z.output<typeof ToolResult>['content']): string {
  if (content === undefined) return ''
  return typeof content === 'string' ? content : content.map(({ text }) => text ?? '').join('\n')
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
