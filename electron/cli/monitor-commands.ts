import type { Command } from 'commander'

/** The commands about recorded behaviour: `paddock replay` and `paddock profile`. */
export function addMonitorCommands(program: Command): void {
  program
    .command('replay')
    .description('Run recorded sessions through the monitor and say where they depart from the normal.')
    .requiredOption('--traces <file>', 'one session a line, as JSON; may be packed with gzip')
    .option('--profile <file>', 'what the agents normally do, from "paddock profile learn"')
    .option('--json', 'print one JSON object a session')
    .action(async (options: { traces: string; profile?: string; json?: boolean }) => {
      const { replayCommand } = await import('./replay.ts')
      process.exitCode = await replayCommand(options)
    })
  const profile = program.command('profile').description('What agents normally do, as the monitor has learned it.')
  profile
    .command('learn')
    .description('Make profiles from recorded sessions that were as they should be.')
    .requiredOption('--traces <file>', 'one session a line, as JSON; may be packed with gzip')
    .requiredOption('--out <file>', 'where to write the profiles')
    .action(async (options: { traces: string; out: string }) => {
      const { profileLearn } = await import('./profile.ts')
      process.exitCode = await profileLearn(options)
    })
}
