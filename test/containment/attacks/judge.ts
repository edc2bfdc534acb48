import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket as Datagrams } from 'node:dgram'
import { existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import koffi from 'koffi'
import { journalFile } from '../../../electron/broker/folders.ts'
import { bubblewrapHere } from '../../../electron/containment/linux/bubblewrap.ts'
import type { ContainedMachine } from '../contained-machine.ts'
import type { Attack, Target } from './attack.ts'
import { AT_FDCWD, syscall, words } from './calls.ts'
import { held } from './held.ts'

/** What one attack came to. */
export interface Outcome {
  name: string
  group: string
  outcome: 'works' | 'refused' | 'asked' | 'ESCAPED' | 'error' | 'impossible'
  /** What it got, or what it was told. */
  detail: string
}

/** Ports that policy allows. */
export interface Allowed {
  tcp: number
  dead: number
}

/**
 * What holds the attacks: a policy for one folder, the same where that folder holds secrets, a policy that allows the whole home, or nothing, to
 * see that they work.
 */
export type Setting = 'plain' | 'kept' | 'permissive' | 'uncontained'

/** Short, because paths of sockets are. */
export const slugOf = (name: string): string => `${name.replace(/\W+/g, '-').slice(0, 16)}-${createHash('sha256').update(name).digest('hex').slice(0, 6)}`
/** Who came and says nothing is not kept waiting, in milliseconds. */
const LISTENS = 150
const bubblewrap = await bubblewrapHere()
const CLI = join(import.meta.dirname, '../../../electron/cli/paddock.ts')

/** One attack's surroundings outside of the fence, and what happened to them. */
export class Judge {
  readonly attack: Attack
  readonly name: string
  readonly #setting: Setting
  readonly #machine: ContainedMachine
  /** In every file that must not come in. */
  readonly #token = `token-${randomBytes(8).toString('hex')}`
  readonly #visits: string[] = []
  readonly #servers: (Server | Datagrams)[] = []
  readonly #temporary = mkdtempSync('/tmp/paddock-other-')
  #victim: ChildProcess | undefined
  readonly #decoys: ChildProcess[] = []
  readonly #descriptors: number[] = []
  #taking: NodeJS.Timeout | undefined
  #before = ''
  #victimBefore = ''
  #target: Target | undefined

  constructor(attack: Attack, machine: ContainedMachine, setting: Setting) {
    this.attack = attack
    this.name = setting === 'kept' ? `${attack.name}, with secrets in the workspace` : attack.name
    this.#setting = setting
    this.#machine = machine
  }

  async prepare(allowed: Allowed, terminal: string | undefined): Promise<Target> {
    const { home, workspace, folders } = this.#machine
    const slug = slugOf(this.name)
    const folder = join(home, 'private', slug)
    const key = this.#machine.write(`.ssh/${slug}`, this.#token, 0o600)
    for (const name of ['secret.txt', '.hidden', 'given/.env', 'given/id_rsa']) this.#machine.write(`private/${slug}/${name}`, this.#token)
    for (const name of ['a', 'b', 'c']) this.#machine.write(`private/${slug}/given/${name}.txt`, 'given')
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x62])]), this.#token)
    syscall('mknodat', AT_FDCWD, join(folder, 'pipe'), 0o010644, 0)
    writeFileSync(join(this.#temporary, 'secret.txt'), this.#token)
    this.#victim = spawn('cat', { cwd: folder, stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#target = {
      attack: this.attack.name,
      name: this.name,
      folder,
      secret: join(folder, 'secret.txt'),
      key,
      tcp: await this.#listenTcp(),
      udp: await this.#listenUdp(),
      unix: await this.#listenUnix(join(folder, 'service.sock')),
      temporaryUnix: await this.#listenUnix(join(this.#temporary, 'service.sock')),
      temporarySecret: join(this.#temporary, 'secret.txt'),
      abstract: (await this.#listenUnix(`\0${this.#token}`)).slice(1),
      victim: this.#victim.pid!,
      supervisor: this.#setting === 'uncontained' ? this.#decoy() : 0,
      broker: this.#setting === 'uncontained' ? this.#decoy() : process.pid,
      allowedTcp: allowed.tcp,
      deadTcp: allowed.dead,
      home,
      workspace,
      scratch: join(workspace, 'scratch', slug),
      policies: join(folders.config, 'policies'),
      journal: journalFile(folders),
      endpoint: folders.endpoint,
      settings: join(home, '.claude/settings.json'),
      readable: join(home, '.vimrc'),
      tokens: [],
      temporarySecrets: ['.env', 'id_rsa'].map((name) => this.#put(join(this.#temporary, name))),
      linked: join(workspace, 'linked', slug),
      ...(terminal !== undefined && { terminal }),
      ...(existsSync('/usr/bin/git') && { git: '/usr/bin/git' }),
      forbidden: join(workspace, 'kept/forbidden'),
      isBehindNamespaces: this.#setting !== 'uncontained' && bubblewrap !== undefined,
      ...(bubblewrap?.ownNetwork && { networkNamespace: readlinkSync('/proc/self/ns/net') }),
      cli: CLI,
      node: process.execPath,
      ...this.#special(),
    }
    if (this.attack.name.includes('terminal that it had')) this.#takeTerminal(this.#target.scratch)
    if (this.attack.name.includes('another name that it had')) {
      mkdirSync(join(workspace, 'linked'), { recursive: true })
      linkSync(this.#target.secret, this.#target.linked)
    }
    this.#before = this.#state()
    this.#victimBefore = this.#victimState()
    return this.#target
  }

  /** What only some attacks need. */
  #special(): Partial<Target> {
    const put = (path: string): string => this.#machine.write(path, `x = ${this.#token}\n`)
    if (this.#setting !== 'plain' && this.attack.name.includes('of the workspace')) for (const each of ['moved', 'folder', 'exchanged']) put(`work/kept/${each}/.env`)
    if (this.#setting !== 'plain' && this.attack.name.includes('with the mark that')) put('work/kept/marked/.env')
    if (this.attack.name.includes('tokens')) return { tokens: TOKEN_FILES.map((file) => put(file)) }
    if (this.attack.name.includes('has named') && existsSync('/dev/shm')) return { namedMemory: this.#put(join('/dev/shm', `${slugOf(this.name)}-${process.pid}`)) }
    if (this.attack.name.includes('touches shared memory')) return this.#shareMemory()
    return {}
  }

  #put(path: string): string {
    writeFileSync(path, this.#token, { mode: 0o600 })
    return path
  }

  /** A process in the place of one that would be missed. Both end by themselves when this one is gone. */
  #decoy(): number {
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
    this.#decoys.push(child)
    return child.pid!
  }

  /** As soon as the attack has given up its terminal, the user opens one, which gets the number. */
  #takeTerminal(scratch: string): void {
    this.#taking = setInterval(() => {
      if (!existsSync(join(scratch, 'closed'))) return
      clearInterval(this.#taking)
      const wanted = readFileSync(join(scratch, 'closed'), 'utf8')
      for (let tries = 0; tries < 10; tries++) {
        const master = syscall('openat', AT_FDCWD, '/dev/ptmx', 0o402, 0)
        const number = Buffer.alloc(4)
        syscall('ioctl', master, 0x80045430, number)
        syscall('ioctl', master, 0x40045431, Buffer.alloc(4))
        this.#descriptors.push(master)
        if (wanted === `/dev/pts/${number.readUInt32LE()}`) break
      }
      writeFileSync(join(scratch, 'taken'), wanted)
    }, 10)
  }

  #shareMemory(): Partial<Target> {
    const id = syscall('shmget', 0, 4096, 0o1600)
    const at = id < 0 ? -1 : syscall('shmat', id, 0, 0)
    if (at <= 0) return {}
    Buffer.from(koffi.view(BigInt(at), 64)).write(this.#token)
    this.#segment = id
    syscall('mq_open', this.attack.name.replace(/\W/g, ''), 0o102, 0o600, words(0, 1, 8, 0))
    return { sharedMemory: id }
  }
  #segment: number | undefined

  #listenTcp(): Promise<number> {
    const server = createServer((socket) => {
      this.#visits.push('a TCP connection')
      socket.on('data', (data) => socket.end(void this.#visits.push(data.toString('latin1')))).on('error', () => {}).setTimeout(LISTENS, () => socket.destroy())
    })
    this.#servers.push(server)
    return new Promise((done) => server.listen(0, '::', () => done((server.address() as { port: number }).port)))
  }

  #listenUdp(): Promise<number> {
    const socket = createSocket('udp6', (data) => this.#visits.push(`a datagram: ${data.toString('latin1')}`))
    this.#servers.push(socket)
    return new Promise((done) => socket.bind(0, '::', () => done(socket.address().port)))
  }

  #listenUnix(path: string): Promise<string> {
    const server = createServer((socket) => {
      this.#visits.push(`a connection to ${path.replace('\0', '@')}`)
      socket.on('error', () => {}).setTimeout(LISTENS, () => socket.destroy())
    })
    this.#servers.push(server)
    return new Promise((done) => server.listen(path, () => done(path)))
  }

  /** Everything that may be seen of the folder, so that any change shows. */
  #state(): string {
    const { folder, key } = this.#target!
    const lines: string[] = []
    const look = (path: string): void => {
      const stat = lstatSync(path, { throwIfNoEntry: false })
      const content = stat?.isFile() ? readFileSync(path, 'latin1') : stat?.isSymbolicLink() ? readlinkSync(path) : ''
      lines.push([path, stat?.mode, stat?.uid, stat?.nlink, stat?.isDirectory() ? '' : stat?.mtimeMs, content].join(' '))
      if (stat?.isDirectory()) for (const name of readdirSync(path, { encoding: 'latin1' })) look(join(path, name))
    }
    look(folder)
    look(key)
    look(this.#temporary)
    if (this.#setting === 'uncontained') lines.push(held(this.#machine))
    return lines.join('\n')
  }

  #victimState(): string {
    const { victim } = this.#target!
    try {
      const fields = readFileSync(`/proc/${victim}/stat`, 'latin1').split(' ')
      return [fields[2] === 'R' ? 'S' : fields[2], fields[18], fields[40], readFileSync(`/proc/${victim}/limits`, 'latin1'), readFileSync(`/proc/${victim}/oom_score_adj`, 'latin1')].join(' ')
    } catch {
      return 'gone'
    }
  }

  verdict(output: string): Outcome {
    const { name } = this
    const { group } = this.attack
    const told = output.split('\n').filter((line) => line.startsWith('#refused '))
    const escapes = this.#escapes(output)
    const as = (outcome: Outcome['outcome'], detail: string): Outcome => ({ name, group, outcome, detail })
    if (this.#setting === 'uncontained') {
      const impossible = /^#impossible (.*)$/m.exec(output)?.[1] ?? (escapes.length > 0 ? undefined : this.attack.uncontained)
      if (impossible !== undefined) return as('impossible', impossible)
      return escapes.length > 0 || (this.attack.isToldOnly && told.length < output.split('\n').filter((line) => /^[^#].*: \d+$/.test(line)).length) ? as('works', escapes.join('; ')) : as('refused', told.slice(0, 3).join(' '))
    }
    if (escapes.length > 0) return as('ESCAPED', escapes.join('; '))
    const impossible = /^#impossible (.*)$/m.exec(output)?.[1]
    if (impossible !== undefined) return as('impossible', impossible)
    if (/^#(threw|late)/m.test(output) || !/^#(done|killed)/m.test(output)) return as('error', output.slice(-600))
    const { folder, key, tcp, udp } = this.#target!
    const mine = this.#machine.asked.filter((request) => {
      const text = JSON.stringify(request.call)
      return [folder, key, this.#temporary, slugOf(name)].some((path) => text.includes(path)) || [tcp, udp].some((port) => text.includes(`"port":${port}`))
    })
    const killed = /^#killed (.*)$/m.exec(output)?.[0]
    if (mine.length > 0) return as('asked', `${mine.length} times: ${mine[0]!.reasons[0]?.message ?? ''}`)
    if (told.length > 0 || killed !== undefined || /^exit: (-|killed)|denied|not permitted/im.test(output)) return as('refused', told.slice(0, 3).join(" ") ?? killed ?? output.slice(0, 200))
    return as('error', `nothing was refused: ${output.slice(0, 400)}`)
  }

  #escapes(output: string): string[] {
    const found: string[] = output.split('\n').filter((line) => /ESCAPED:/.test(line) && !line.includes('echo "ESCAPED:'))
    if (output.includes(this.#token)) found.push(`it has read: ${output.split('\n').filter((line) => line.includes(this.#token)).join(' ').slice(0, 1500)}`)
    if (this.#inScratch()) found.push('a copy is in the workspace')
    const after = this.#state()
    if (after !== this.#before) found.push(`changed: ${difference(this.#before, after)}`)
    if (this.#visits.length > 0) found.push(`reached: ${this.#visits.slice(0, 3).join(', ')}`)
    const victim = this.#victimState()
    if (victim !== this.#victimBefore) found.push(`harmed: ${difference(this.#victimBefore, victim)}`)
    return found
  }

  #inScratch(): boolean {
    const look = (folder: string): boolean =>
      readdirSync(folder, { withFileTypes: true }).some((entry) => {
        const path = join(folder, entry.name)
        return entry.isDirectory() ? look(path) : entry.isFile() && readFileSync(path, 'latin1').includes(this.#token)
      })
    return existsSync(this.#target!.scratch) && look(this.#target!.scratch)
  }

  close(): void {
    this.#servers.forEach((server) => server.close())
    clearInterval(this.#taking)
    this.#victim?.kill('SIGKILL')
    this.#decoys.forEach((child) => child.kill('SIGKILL'))
    this.#descriptors.forEach((fd) => syscall('close', fd))
    rmSync(join('/dev/shm', `${slugOf(this.name)}-${process.pid}`), { force: true })
    if (this.#segment !== undefined) syscall(process.arch === 'x64' ? 31 : 195, this.#segment, 0, 0)
    if (this.#segment !== undefined) syscall(process.arch === 'x64' ? 241 : 181, this.attack.name.replace(/\W/g, ''))
    rmSync(this.#temporary, { recursive: true, force: true })
  }
}

function difference(before: string, after: string): string {
  const old = new Set(before.split('\n'))
  const fresh = new Set(after.split('\n'))
  return [...[...fresh].filter((line) => !old.has(line)).map((line) => `+${line}`), ...[...old].filter((line) => !fresh.has(line)).map((line) => `-${line}`)].slice(0, 3).join(' ')
}

/** Where well-known programs keep tokens, by their own documentation. */
const TOKEN_FILES = [
  '.aws/credentials', '.netrc', '.npmrc', '.pypirc', '.git-credentials', '.config/git/credentials', '.config/gh/hosts.yml', '.docker/config.json', '.kube/config', '.cargo/credentials.toml',
  '.m2/settings.xml', '.gradle/gradle.properties', '.gem/credentials', '.nuget/NuGet/NuGet.Config', '.config/pip/pip.conf', '.yarnrc.yml', '.config/configstore/firebase-tools.json', '.config/configstore/update-notifier-x.json',
  '.cache/huggingface/token', '.cache/huggingface/stored_tokens', '.config/gcloud/credentials.db', '.local/share/keyrings/login.keyring', '.mozilla/firefox/x/logins.json', '.bash_history', '.python_history', '.psql_history',
  '.terraform.d/credentials.tfrc.json', '.claude/.credentials.json', '.codex/auth.json', '.gemini/oauth_creds.json', '.local/share/opencode/auth.json', '.config/fish/fish_variables', '.config/nvim/secrets.json',
  '.local/share/fish/fish_history', '.wgetrc', '.config/rclone/rclone.conf', '.subversion/auth/svn.simple/x', '.config/hub', '.vault-token', '.pgpass', '.composer/auth.json', '.hex/hex.config',
]
