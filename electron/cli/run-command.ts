import type { Command } from 'commander'
import { collect, wholeNumber } from './program.ts'

interface Options {
  policy?: string
  agent?: string
  without: string[]
  landlock?: number
  hold?: true
}

/** `paddock run -- COMMAND…` */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('Start an agent that the kernel holds to its policy; what reaches outside pauses and asks.')
    .argument('<command...>', 'after --: the agent and its arguments')
    .option('--policy <name>', "hold it to this policy instead of the agent's own")
    .option('--agent <id>', "which agent it is, where its program's name does not tell")
    .option('--without <wall>', 'start it although this machine has not got this wall; may be repeated', collect, [])
    .option('--landlock <version>', 'use no later version of Landlock, to see what an older kernel would hold', wholeNumber(0))
    .option('--hold', 'after an error wait for Enter, so that a terminal which was opened for it stays')
    .passThroughOptions()
    .action(async (command: string[], { hold, ...options }: Options) => {
      const { runCommand } = await import('./run.ts')
      process.exitCode = await runCommand(command, options)
      if (hold && process.exitCode !== 0) await (await import('./confirm.ts')).waitForEnter()
    })
}
