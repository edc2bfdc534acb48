import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { containmentFor } from '../../electron/containment/platform.ts'
import { admits } from '../../electron/containment/walls.ts'
import { ContainedMachine } from './contained-machine.ts'

/** What an implementation does beyond what all do. */
export interface Abilities {
  /** Whether it asks about files, or refuses at once what no rule allows. */
  asksAboutFiles: boolean
}

/**
 * What holds on every platform that can hold agents, through `paddock run`. Where this is another platform, or a wall is missing, nothing
 * can be run, and the reason is told.
 */
export function conformance(platform: NodeJS.Platform, { asksAboutFiles }: Abilities): void {
  describe(`containment on ${platform}`, () => {
    let run: ContainedMachine
    let why: string | undefined

    beforeAll(async () => {
      why = await whyNot(platform)
      if (why === undefined) run = await new ContainedMachine().start()
    })
    beforeEach((context) => {
      if (why !== undefined) return context.skip(why)
      run.reply = () => ({ verdict: 'deny' })
      run.asked.length = 0
    })
    afterAll(() => run?.close())

    test.each([
      ['true', 0],
      ['exit 7', 7],
      ['kill -TERM $$', 143],
      ['kill -KILL $$', 137],
    ])('"%s" ends with %i, as in a shell', async (script, code) => {
      expect((await run.sh(script)).code).toBe(code)
    })

    test('standard input, output and error are those of the caller', async () => {
      const { stdout, stderr } = await run.sh('cat; echo aside >&2', { input: 'typed' })
      expect([stdout, stderr]).toEqual(['typed', 'aside\n'])
    })

    test('the words of the command arrive as they are', async () => {
      const words = ['a b', "it's", '$HOME', '*', '', '"', '\\', 'ü', '-n', 'line\nline']
      const { stdout } = await run.run([process.execPath, '-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...words])
      expect(JSON.parse(stdout)).toEqual(words)
    })

    test('the working directory is that of the caller, and new files have the mode that they ask for', async () => {
      const { stdout } = await run.sh('pwd; umask 027; : > made; ls -l made')
      expect(stdout).toMatch(new RegExp(`^${run.workspace}\n-rw-r-----`))
    })

    test('the environment has what everybody needs, the mark of the run, and no secret', async () => {
      const { stdout } = await run.sh('echo "$HOME|$PADDOCK_RUN|${DEPLOY_TOKEN-none}"', { env: { DEPLOY_TOKEN: 'x'.repeat(20) } })
      expect(stdout).toMatch(new RegExp(`^${run.home}\\|run-[\\w-]+\\|none\n$`))
    })

    test('inside the workspace nobody is asked', async () => {
      const { code } = await run.sh('mkdir a && echo x > a/b && mv a/b a/c && cat a/c && rm -r a')
      expect([code, run.asked.length]).toEqual([0, 0])
    })

    test('outside of it nothing is read or changed without leave', async () => {
      const kept = run.write('kept', 'as it was')
      const secret = run.write('.ssh/id_rsa', 'PRIVATE')
      const { stdout } = await run.sh(`cat ${kept} ${secret}; echo x > ${kept}; rm -f ${kept}; mv ${kept} here; echo x > ~/new; true`)
      expect(stdout).not.toMatch(/as it was|PRIVATE/)
      expect([readFileSync(kept, 'utf8'), existsSync(join(run.home, 'new'))]).toEqual(['as it was', false])
    })

    test('an Allow lets the operation go on that waited', async (context) => {
      if (!asksAboutFiles) return context.skip('files are not asked about here')
      const notes = run.write('notes', 'noted')
      run.reply = () => ({ verdict: 'allow' })
      expect((await run.sh(`cat ${notes}`)).stdout).toBe('noted')
      expect(run.asked.map(({ effects }) => effects)).toEqual([[{ kind: 'read', path: notes }]])
    })

    test('what the agent leaves behind ends with it', async () => {
      const beat = join(run.workspace, 'beat')
      await run.sh('(while :; do echo x >> beat; sleep 0.05; done) & while [ ! -s beat ]; do sleep 0.05; done')
      const last = readFileSync(beat, 'utf8')
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(readFileSync(beat, 'utf8')).toBe(last)
    })

    test('in the end, without a broker, nothing starts', async () => {
      await run.stopBroker()
      const { code, stderr } = await run.sh('touch started')
      expect([code, stderr, existsSync(join(run.workspace, 'started'))]).toEqual([1, expect.stringContaining('its broker is not running'), false])
    })
  })
}

async function whyNot(platform: NodeJS.Platform): Promise<string | undefined> {
  if (process.platform !== platform) return `this is ${process.platform}`
  const admitted = admits((await containmentFor(platform)).walls(), [])
  return admitted.ok ? undefined : admitted.error
}
