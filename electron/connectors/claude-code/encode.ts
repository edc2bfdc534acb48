import type { AgentAnswer, HookOutput } from '../connector.ts'

/**
 * Says an answer in Claude Code's words. Always JSON and exit code 0: plain text on standard output counts as no
 * decision there. The message of a denial is what the model reads.
 */
export function encode(answer: AgentAnswer): HookOutput {
  const hookSpecificOutput =
    answer.verdict === 'allow'
      ? { hookEventName: 'PreToolUse', permissionDecision: 'allow' }
      : { hookEventName: 'PreToolUse', permissionDecision: 'deny', permissionDecisionReason: answer.message }
  return { stdout: JSON.stringify({ hookSpecificOutput }), stderr: '', exitCode: 0 }
}
