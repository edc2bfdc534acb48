import { Option } from 'commander'
import manifest from '../../package.json' with { type: 'json' }
import { addMonitorCommands } from './monitor-commands.ts'
import { collect, newProgram, parse, wholeNumber } from './program.ts'
import { addRunCommand } from './run-command.ts'

// Exit codes: 0 done, 1 the answer is no, 2 bad usage or input. Each command loads its own code only when it runs.

const program = newProgram('Judges every tool call of an AI agent against a policy before it runs.').version(manifest.version)

for (const change of ['connect', 'disconnect'] as const)
  program
    .command(change)
    .description(
      change === 'connect'
        ? "Put Paddock in front of an agent: shows the change to the agent's settings, then asks."
        : 'Take Paddock away from an agent again: restores its settings.',
    )
    .argument('<agent>', 'for example claude-code')
    .option('-y, --yes', 'do it without asking')
    .option('--json', 'print the change as JSON; does it only together with --yes')
    .action(async (agent: string, options: { yes?: boolean; json?: boolean }) => {
      const { connectCommand } = await import('./connect.ts')
      process.exitCode = await connectCommand(change, agent, options)
    })

program
  .command('hook')
  .description("What an agent's hook runs: passes the message on standard input to the broker.")
  .argument('<agent>')
  .action(async (agent: string) => {
    const { hookCommand } = await import('./hook.ts')
    hookCommand(agent)
  })

addRunCommand(program)

program
  .command('serve')
  .description('Run the broker without a desktop; approve and watch in a browser on this machine.')
  .option('--port <number>', 'port of the page; a free one by default', wholeNumber(0))
  .action(async (options: { port?: number }) => {
    const { serveCommand } = await import('./serve.ts')
    process.exitCode = await serveCommand(manifest.version, options)
  })

program
  .command('status')
  .description('Say whether the broker runs, which agents are connected, and what waits.')
  .option('--json', 'print it as JSON')
  .action(async (options: { json?: boolean }) => {
    const { statusCommand } = await import('./status.ts')
    process.exitCode = await statusCommand(options)
  })

const log = program.command('log').description('Read the record of every decision.')
log
  .command('tail')
  .description('Print the newest rows, oldest first.')
  .option('-f, --follow', 'go on printing rows as they come')
  .option('-n, --lines <number>', 'how many rows', wholeNumber(1), 20)
  .option('--json', 'print one JSON object a row')
  .action(async (options: { follow?: boolean; lines: number; json?: boolean }) => {
    const { logTail } = await import('./log.ts')
    process.exitCode = await logTail(options)
  })
log
  .command('verify')
  .description('Check that no row of the record was changed, removed or added.')
  .option('--json', 'print the result as JSON')
  .action(async (options: { json?: boolean }) => {
    const { logVerify } = await import('./log.ts')
    process.exitCode = logVerify(options)
  })

program
  .command('eval')
  .description('Judge calls from standard input, one JSON object a line, and print a decision for each.')
  .option('--policy <name or file>', 'decide by this policy alone; may be repeated', collect, [])
  .option('--agent <id>', 'the agent that makes the calls', 'claude-code')
  .option('--workspace <directory>', 'the folder the session works in', process.cwd())
  .option('--home <directory>', 'the home directory of the user')
  .action(async (options: { policy: string[]; agent: string; workspace: string; home?: string }) => {
    const { evalCommand } = await import('./eval.ts')
    process.exitCode = await evalCommand(options, process.stdin, process.stdout)
  })

program
  .command('doctor')
  .description('Say how well Paddock can work on this machine, and what it can not do here.')
  .option('--json', 'print it as JSON')
  .action(async (options: { json?: boolean }) => {
    const { doctorCommand } = await import('./doctor.ts')
    process.exitCode = await doctorCommand(options)
  })

program
  .command('scan')
  .description('Find the agents that run on this machine, what they can reach and whether anyone authorised them.')
  .option('--json', 'print it as JSON')
  .option('--watch', 'go on, and print a line for each change')
  .addOption(new Option('--format <format>', 'print it for another program').choices(['cyclonedx']))
  .action(async (options: { json?: boolean; watch?: boolean; format?: 'cyclonedx' }) => {
    const { scanCommand } = await import('./scan.ts')
    process.exitCode = await scanCommand(options, manifest.version)
  })

const policy = program.command('policy').description('Work with policy files.')
policy
  .command('check')
  .description('Read policy files the way the broker would, name every error, run their tests and warn of doubtful rules.')
  .argument('[file...]', 'files; those of the user by default')
  .option('--strict', 'let warnings count as errors')
  .option('--json', 'print the result as JSON')
  .action(async (files: string[], options: { strict?: boolean; json?: boolean }) => {
    const { policyCheck } = await import('./policy-check.ts')
    process.exitCode = policyCheck(files, options)
  })
policy
  .command('explain')
  .description('Say why a call is allowed, asked about or denied, and what would change that.')
  .argument('<call...>', 'a shell command after --, or a call as JSON')
  .option('--policy <name or file>', 'decide by this policy alone; may be repeated', collect, [])
  .option('--agent <id>', 'the agent that makes the call', 'claude-code')
  .option('--workspace <directory>', 'the folder the session works in', process.cwd())
  .option('--home <directory>', 'the home directory of the user')
  .option('--json', 'print it as JSON')
  .action(async (call: string[], options: { policy: string[]; agent: string; workspace: string; home?: string; json?: boolean }) => {
    const { policyExplain } = await import('./policy-explain.ts')
    process.exitCode = policyExplain(call, options)
  })
policy
  .command('diff')
  .description('Say how two policies differ, whatever the order and grouping of their rules.')
  .argument('<before>', 'name or file')
  .argument('<after>', 'name or file')
  .option('--calls <file>', 'calls as JSON lines: also say which of them are decided differently')
  .option('--agent <id>', 'the agent that makes the calls', 'claude-code')
  .option('--workspace <directory>', 'the folder the session works in', process.cwd())
  .option('--json', 'print it as JSON')
  .action(async (before: string, after: string, options: { calls?: string; agent: string; workspace: string; json?: boolean }) => {
    const { policyDiff } = await import('./policy-diff.ts')
    process.exitCode = policyDiff(before, after, options)
  })
policy
  .command('simulate')
  .description('Say what a changed policy would have decided on recorded calls.')
  .option('--policy <name or file>', 'the changed policy; may be repeated; what is in force without', collect, [])
  .addOption(new Option('--from <journal>', "the record to take calls from; this user's by default").conflicts('calls'))
  .option('--calls <file>', 'take calls from a file of JSON lines instead')
  .option('--agent <id>', 'the agent, for calls that do not say', 'claude-code')
  .option('--workspace <directory>', 'the folder the session works in, for calls that do not say', process.cwd())
  .option('--json', 'print it as JSON')
  .action(async (options: { policy: string[]; from?: string; calls?: string; agent: string; workspace: string; json?: boolean }) => {
    const { policySimulate } = await import('./policy-simulate.ts')
    process.exitCode = policySimulate(options)
  })
policy
  .command('suggest')
  .description('Print a minimal policy for what an agent was allowed to do so far. Puts nothing in force.')
  .option('--agent <id>', 'the agent whose calls are learned from', 'claude-code')
  .option('--from <journal>', "the record to learn from; this user's by default")
  .option('--days <number>', 'how many of the newest days with calls to learn from', wholeNumber(1), 30)
  .option('--hold-back <number>', 'how many of the newest days to try it out on instead; 1 by default', wholeNumber(0))
  .option('--json', 'print it as JSON')
  .action(async (options: { agent: string; from?: string; days: number; holdBack?: number; json?: boolean }) => {
    const { policySuggest } = await import('./policy-suggest.ts')
    process.exitCode = policySuggest(options)
  })
policy
  .command('schema')
  .description('Print the JSON Schema of policy files, for editors.')
  .action(async () => {
    const { policySchema } = await import('./policy.ts')
    process.exitCode = policySchema()
  })
policy
  .command('trust')
  .description("Put a repository's own policy in force, after you have read it.")
  .argument('[directory]', 'the repository', '.')
  .action(async (directory: string) => {
    const { policyTrust } = await import('./policy.ts')
    process.exitCode = await policyTrust(directory)
  })

addMonitorCommands(program)

// `paddock log tail | head` ends when head does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

await parse(program)
