import type { Command } from 'commander'

/** The commands about behaviour: `paddock replay`, `paddock monitor` and `paddock profile`. */
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
  const monitor = program.command('monitor').description('What the monitor noticed, and what becomes of a paused session.')
  for (const [action, what] of [['resume', 'Let a paused session go on. Asks you first.'], ['end', 'End a paused session: all its further calls are denied. Asks you first.']] as const)
    monitor
      .command(action)
      .description(what)
      .argument('<session>', 'its name, or the begin of it')
      .action(async (session: string) => {
        const { monitorOrder } = await import('./monitor-order.ts')
        process.exitCode = await monitorOrder({ session, action })
      })
  monitor
    .command('explain')
    .description('Say what raised the score of a session, call by call.')
    .argument('<session>', 'its name, or the begin of it')
    .option('--from <journal>', "the record to look in; this user's by default")
    .option('--json', 'print it as JSON')
    .action(async (session: string, options: { from?: string; json?: boolean }) => {
      const { monitorExplain } = await import('./monitor-explain.ts')
      process.exitCode = monitorExplain(session, options)
    })
  addProfileCommands(program.command('profile').description('What agents normally do, as the monitor has learned it.'))
}

function addProfileCommands(profile: Command): void {
  const workspace = ['--workspace <directory>', 'only that of this project'] as const
  profile
    .command('learn')
    .description('Make profiles from recorded sessions that were as they should be.')
    .requiredOption('--traces <file>', 'one session a line, as JSON; may be packed with gzip')
    .requiredOption('--out <file>', 'where to write the profiles')
    .action(async (options: { traces: string; out: string }) => {
      const { profileLearn } = await import('./profile.ts')
      process.exitCode = await profileLearn(options)
    })
  profile
    .command('list')
    .description('Print what was learned here, and what is still learning.')
    .option('--json', 'print it as JSON')
    .action(async (options: { json?: boolean }) => {
      const { profileList } = await import('./profile-files.ts')
      process.exitCode = profileList(options)
    })
  profile
    .command('show')
    .description('Print everything that a profile holds.')
    .argument('<agent>')
    .option(...workspace)
    .option('--json', 'print it as JSON')
    .action(async (agent: string, options: { workspace?: string; json?: boolean }) => {
      const { profileShow } = await import('./profile-files.ts')
      process.exitCode = profileShow(agent, options)
    })
  profile
    .command('reset')
    .description('Forget what was learned of an agent.')
    .argument('<agent>')
    .option(...workspace)
    .action(async (agent: string, options: { workspace?: string }) => {
      const { profileReset } = await import('./profile-files.ts')
      process.exitCode = profileReset(agent, options)
    })
  profile
    .command('export')
    .description('Write profiles to a file, to look at or for other machines.')
    .requiredOption('--out <file>', 'a file that is not there yet')
    .option('--agent <id>', 'only those of this agent')
    .option(...workspace)
    .action(async (options: { out: string; agent?: string; workspace?: string }) => {
      const { profileExport } = await import('./profile-files.ts')
      process.exitCode = profileExport(options)
    })
}
