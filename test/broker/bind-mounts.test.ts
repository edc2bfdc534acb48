import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aliasesIn } from '../../electron/broker/bind-mounts.ts'

const module = join(import.meta.dirname, '../../electron/broker/real-world.ts')

test('a folder that is mounted a second time is the one it shows', (ctx) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-mounts-')))
  try {
    for (const folder of ['secrets', 'app/innocent']) mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(join(root, 'secrets/key'), '')
    const look = `import { canonicalPath } from '${module}'; console.log(canonicalPath('${root}/app/innocent/key')); console.log(canonicalPath('${root}/app/innocent/new/file'))`
    const script = `mount --bind '${root}/secrets' '${root}/app/innocent' && exec "$0" --input-type=module -e "$1"`
    const namespaces = process.getuid?.() === 0 ? ['-m'] : ['-U', '-r', '-m']
    let output: string
    try {
      output = execFileSync('unshare', [...namespaces, 'sh', '-c', script, process.execPath, look], { encoding: 'utf8', stdio: 'pipe' })
    } catch (error) {
      return ctx.skip(`no mount namespace can be had here: ${(error as Error).message.split('\n')[1] ?? ''}`)
    }
    expect(output.trim().split('\n')).toEqual([`${root}/secrets/key`, `${root}/secrets/new/file`])
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

test('mounts of other file systems, and parts of one that are mounted nowhere else, stay what they are', () => {
  const info = [
    '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
    '23 22 0:5 / /proc rw - proc proc rw',
    '24 22 8:2 /@home /home rw - btrfs /dev/sdb rw',
    '25 22 8:2 /@ /data rw - btrfs /dev/sdb rw',
    '26 22 8:1 /home/u/.ssh /work/with\\040blank rw - ext4 /dev/sda1 rw',
    '27 22 9:9 /var/lib/x /etc/hosts rw - ext4 /dev/other rw',
  ].join('\n')
  expect(aliasesIn(info)).toEqual([{ mountPoint: '/work/with blank', original: '/home/u/.ssh' }])
})
