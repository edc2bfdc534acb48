import { existsSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { landlockAbi } from '../../electron/containment/linux/landlock.ts'
import { ContainedMachine } from './contained-machine.ts'

// The temporary folder is everybody's: what a contained run puts there is its own, what others put there is not.

let machine: ContainedMachine
/** A folder of another program's, with a file in it. */
let others: string
let notes: string

beforeEach(async (ctx) => {
  if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
  if (landlockAbi() < 6) return ctx.skip(`this kernel's Landlock (ABI ${landlockAbi()}) can't hold an agent`)
  machine = await new ContainedMachine().start()
  others = mkdtempSync('/tmp/others-')
  notes = join(others, 'notes.txt')
  writeFileSync(notes, 'not for agents')
})
afterEach(async () => {
  await machine?.close()
  if (others !== undefined) rmSync(others, { recursive: true, force: true })
})

const asked = (): unknown[] => machine.asked.flatMap(({ effects }) => effects)

describe('temporary files of a contained run', () => {
  test('go into a folder of their own, which is gone with the run', async () => {
    const { stdout } = await machine.sh('f=$(mktemp); echo x > "$f"; cat "$f"; mkdir -m 0 "$TMPDIR/shut"; rmdir "$TMPDIR/shut"; dirname "$f"; echo "$TMPDIR"; ls -ld "$TMPDIR"')
    const [content, folder, named, listed] = stdout.split('\n')
    expect([content, folder, listed]).toEqual(['x', named, expect.stringMatching(/^drwx------/)])
    expect(folder).toMatch(/^\/tmp\/paddock-[0-9a-f]{8}-[0-9a-f]{4}$/)
    expect([existsSync(folder!), machine.asked]).toEqual([false, []])
  })

  test('may be used when they have no name any more', async () => {
    const { stdout } = await machine.sh('exec 3<>"$TMPDIR/nameless"; rm "$TMPDIR/nameless"; echo x > /proc/self/fd/3; cat /proc/self/fd/3')
    expect([stdout, machine.asked]).toEqual(['x\n', []])
  })

  test('are gone as well when the supervisor is killed', async () => {
    const { child, ended } = machine.begin(['sh', '-c', 'echo x > "$TMPDIR/left"; echo "$TMPDIR" > folder.new; mv folder.new folder; sleep 60'])
    const told = join(machine.workspace, 'folder')
    while (!existsSync(told)) await new Promise((resolve) => setTimeout(resolve, 20))
    const folder = readFileSync(told, 'utf8').trim()
    expect(readdirSync(folder)).toEqual(['left'])
    child.kill('SIGKILL')
    await ended
    for (let tries = 0; existsSync(folder) && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(existsSync(folder)).toBe(false)
  })

  test('may also stand beside those of others, and nobody is asked about them', async () => {
    const name = `${others}-own`
    const script = `mkdir ${name} && echo a > ${name}/a && cat ${name}/a && mv ${name} ${name}2 && cp ${name}2/a ${name} && ln -s ${name} ${name}3 && cat ${name}3 && rm -r ${name} ${name}2 ${name}3 && echo done`
    expect([await machine.sh(script), asked()]).toEqual([{ code: 0, stdout: 'a\na\ndone\n', stderr: '' }, []])
  })
})

describe('what others put into the temporary folder', () => {
  test('is asked about by its path, and an Allow is for that', async () => {
    machine.reply = ({ effects }) => ({ verdict: effects[0]?.kind === 'read' ? 'allow' : 'deny' })
    const { stdout } = await machine.sh(`cat ${notes}; echo mine > ${notes}; cat ${notes}`)
    expect(stdout).toBe('not for agentsnot for agents')
    expect(asked().slice(0, 2)).toEqual([{ kind: 'read', path: notes, foreign: true }, { kind: 'write', path: notes, foreign: true }])
    expect(machine.asked[0]!.reasons[0]).toMatchObject({ verdict: 'ask', layer: 'default' })
  })

  test('is neither read, replaced, moved nor removed by another way', async () => {
    const before = readFileSync(notes, 'utf8')
    const { stdout } = await machine.sh(
      `cd ${others}; cat notes.txt; cd - > /dev/null; ln -s ${others} link; cat link/notes.txt; ln ${notes} hard; ln ${notes} ${others}-hard; mv ${others} moved; mv ${others} ${others}-moved; echo x > x; mv x ${notes}
       rm -rf ${others}; chmod 777 ${notes}; echo x >> ${notes}; cat hard ${others}-hard /proc/self/root${notes}; touch ${others}/new; ls -d hard moved ${others}-* 2>/dev/null`,
    )
    expect([stdout, readFileSync(notes, 'utf8'), readdirSync(others)]).toEqual(['', before, ['notes.txt']])
  })

  test('is not to be had when it is gone, by a handle from before', async () => {
    const kept = join(machine.home, 'kept')
    linkSync(notes, kept)
    const wait = (file: string): string => `while (!require('fs').existsSync('${file}')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)`
    const script = `const fs = require('fs'), O_PATH = 0o10000000
      const handle = fs.openSync('${notes}', O_PATH)
      fs.writeFileSync('ready', '')
      ${wait('gone')}
      fs.mkdirSync('${others}')
      try { console.log(fs.readFileSync('/proc/self/fd/' + handle, 'latin1')) } catch (error) { console.log(error.code) }`
    const { ended } = machine.begin([process.execPath, '-e', script])
    while (!existsSync(join(machine.workspace, 'ready'))) await new Promise((resolve) => setTimeout(resolve, 20))
    rmSync(others, { recursive: true })
    writeFileSync(join(machine.workspace, 'gone'), '')
    expect((await ended).stdout).toBe('EACCES\n')
    expect(machine.asked.length).toBe(1)
  })

  test('is open to a rule that names it', async () => {
    machine.policy(`paddock: 1\nname: mine\nextends: [coding]\nfiles: { read: { allow: ["${others}/**"] } }\n`)
    expect((await machine.sh(`cat ${notes}`, { options: ['--policy', 'mine'] })).stdout).toBe('not for agents')
    expect(machine.asked).toEqual([])
  })
})
