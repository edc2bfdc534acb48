/** A stream of numbers that is the same for the same seed on every machine (xorshift32). */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state = (state ^ (state << 5)) >>> 0
    return state / 2 ** 32
  }
}

const FILES = ['a.txt', 'b.txt', 'sp ace.txt', '.env', 'names', 'src/m.c', 'src/n.c', 'src/sub/deep.txt', 'link', 'key', 'opt/-r', 'opt/keep/x', '../notes', '../.ssh/id_rsa', 'up/o.txt', 'dirlink/m.c', '../../outside/p/q.txt', 'run.sh', 'names0']
const FOLDERS = ['src', 'src/sub', 'opt', 'empty', 'dirlink', 'up', '..', '.', '../../outside', 'up/p', '../.ssh', 'opt/keep', '~', '/']
const NEW = ['n1', 'n2', 'src/n3', 'empty/n4', '../n5', 'up/n6', 'dangling', 'dirlink/n7', 'd1/d2', 'n8.txt']
const PATTERNS = ['*', '*.txt', 's*', '?.txt', '[ab].txt', '*/m.c', 'src/*', 'up/*', '.e*', '.*', '{a,b}.txt', '{src,opt}/*', 'l*', 'opt/*', '*/*', 'k?y', '../.s*/*', '"a"*', 'n[1-3]', '~/.s*/id*', '**', 'up/*/*', '*.{c,txt}', '[!a-k]*']

const NOT_POSIX = /\$'|<<<|[<>]\(|\[\[|\|&|&>|>&[^\d]|\b(?:pushd|shopt|declare|mapfile|builtin|coproc|source|printf -v)\b|=\(|\{[^ \n}]*,|\$\{@:|\$\{!|\btime\b|f\(\) \(/

/**
 * Commands that use most of the shell and real programs among the made-up files of the box. `next` gives the following one;
 * the same seed gives the same commands.
 */
export class Generator {
  readonly #random: () => number
  /** Statements that must come before the one being made, such as the assignment of a variable that it uses. */
  #before: string[] = []
  #documents: string[] = []
  #names = 0

  constructor(seed: number) {
    this.#random = randomFrom(seed)
  }

  /** `isPlain`: a command that a plain POSIX shell reads as bash does, if one is found soon. */
  next(isPlain: boolean): string {
    for (let left = 20; ; left -= 1) {
      const command = this.#command()
      if (!isPlain || left === 0 || !NOT_POSIX.test(command)) return command
    }
  }

  #command(): string {
    this.#before = []
    this.#documents = []
    this.#names = 0
    return this.#list(1 + this.#below(3))
  }

  // ---------------------------------------------------------------- chance

  #below(count: number): number {
    return Math.floor(this.#random() * count)
  }
  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!
  }
  #oneIn(count: number): boolean {
    return this.#below(count) === 0
  }
  #name(): string {
    this.#names += 1
    return `v${this.#names}`
  }

  // ---------------------------------------------------------------- words

  /** A path that is there, in some spelling. */
  #file(): string {
    return this.#oneIn(6) ? this.#pick(PATTERNS) : this.#spelled(this.#pick(FILES))
  }
  #folder(): string {
    const folder = this.#pick(FOLDERS)
    return folder === '~' || folder === '/' ? (folder === '/' ? this.#spelled('../../outside') : folder) : this.#spelled(folder) + this.#pick(['', '', '/'])
  }
  #new(): string {
    return this.#oneIn(8) ? this.#file() : this.#spelled(this.#pick(NEW))
  }
  #any(): string {
    return this.#pick([() => this.#file(), () => this.#file(), () => this.#new(), () => this.#folder()])()
  }

  #spelled(path: string): string {
    const quoted = (text: string): string => (/[^\w./~-]/.test(text) ? `'${text}'` : text)
    const at = 1 + this.#below(Math.max(path.length - 1, 1))
    const [head, tail] = [path.slice(0, at), path.slice(at)]
    switch (this.#below(26)) {
      case 0: return `"${path}"`
      case 1: return `'${path}'`
      case 2: return `${quoted(head)}"${tail}"`
      case 3: return `'${head}'${quoted(tail)}`
      case 4: return path.replaceAll(/[^\w/]/g, '\\$&')
      case 5: return `$'${path.replace(/[a-z]/, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`)}'`
      case 6: return `./${quoted(path)}`
      case 7: return `src/../${quoted(path)}`
      case 8: return `"$PWD"/${quoted(path)}`
      case 9: return `"$PWD/${path}"`
      case 10: return `~/work/${quoted(path)}`
      case 11: return `"$HOME/work/${path}"`
      case 12: return `\${HOME}/work/${quoted(path)}`
      case 13: return quoted(head) + (path.includes(' ') || tail === '' ? quoted(tail) : `{${tail},${tail}.x}`)
      case 14: return this.#assigned(path)
      case 15: return this.#assigned(path)
      case 16: return `"${this.#variable(head)}${tail}"`
      case 17: return `"$(printf %s ${quoted(path)})"`
      case 18: return `dirlink/../${quoted(path)}`
      case 19: return `up/../u/work/${quoted(path)}`
      default: return quoted(path)
    }
  }

  /** The value through a variable, quoted or split. */
  #assigned(path: string): string {
    const variable = this.#variable(path)
    return this.#oneIn(3) ? variable : `"${variable}"`
  }
  #variable(value: string): string {
    const name = this.#name()
    const quoted = `'${value}'`
    this.#before.push(
      this.#pick([
        ...Array.from({ length: 8 }, () => `${name}=${quoted}`), `export ${name}=${quoted}`, `read -r ${name} <<< ${quoted}`, `printf -v ${name} %s ${quoted}`,
        `declare ${name}=${quoted}`, `${name}=x; ${name}=${quoted}`, `[ -e a.txt ] && ${name}=${quoted}`, `${name}=$(echo ${quoted})`, `${name}=x; [ -e a.txt ] && ${name}=${quoted}`, `${name}=x; ${name}=\${${name}:+${quoted}}`,
      ]),
    )
    return `\${${name}}`
  }

  // ---------------------------------------------------------------- programs

  #program(depth: number): string {
    const file = (): string => this.#file()
    const made = (): string => this.#new()
    const folder = (): string => this.#folder()
    const any = (): string => this.#any()
    const some = (make: () => string, most = 3): string => Array.from({ length: 1 + this.#below(most) }, make).join(' ')
    const flag = (...flags: string[]): string => this.#pick(['', '', ...flags.map((one) => ` ${one}`)])
    const inner = (): string => (depth > 0 ? this.#simple(depth - 1) : 'cat a.txt')
    const code = (): string => `'${(depth > 0 ? this.#nested(depth - 1) : 'cat a.txt').replaceAll("'", `'\\''`)}'`
    const makers: (() => string)[] = [
      () => `cat${flag('-n', '--', '-A')} ${some(file)}`,
      () => `cat ${some(file)}`,
      () => `head${flag('-n 1', '-c3', '-2')} ${some(file, 2)}`,
      () => `tail${flag('-n 1', '-c 3', '-1')} ${file()}`,
      () => `${this.#pick(['tac', 'rev', 'nl', 'wc -l', 'od -c', 'base64', 'md5sum', 'fold -w 3', 'expand', 'cut -c1', 'sort -r', 'uniq', 'xxd', 'strings', 'cksum', 'tsort'])} ${file()}`,
      () => `cp${flag('-r', '-a', '-f', '-p', '-v', '-L', '-P', '-n')} ${some(any, 2)} ${any()}`,
      () => `cp -t ${folder()} ${some(file)}`,
      () => `cp --target-directory=${folder()} ${file()}`,
      () => `cp${flag('-r')} ${file()} ${folder()}`,
      () => `cp -r ${folder()} ${made()}`,
      () => `mv${flag('-f', '-n', '-v')} ${some(any, 2)} ${any()}`,
      () => `mv -t ${folder()} ${some(file, 2)}`,
      () => `rm${flag('-f', '-r', '-rf', '-v')} ${some(any)}`,
      () => `rm -rf ${this.#pick(['src', 'opt', 'empty', 'n1', 'dirlink', 'dirlink/', 'src/*'])}`,
      () => `rmdir${flag('-p')} ${this.#pick(['empty', 'opt/keep', 'd1'])}`,
      () => `ln${flag('-s', '-s', '-sf', '-f', '-r -s', '-sn')} ${any()} ${made()}`,
      () => `ln -s ${any()}`,
      () => `ln -s -t ${folder()} ${file()}`,
      () => `touch${flag('-c', '-m')} ${some(any, 2)}`,
      () => `mkdir${flag('-p', '-m 700', '-v')} ${some(made, 2)}`,
      () => `tee${flag('-a')} ${some(made, 2)} < ${file()}`,
      () => `sed -i${flag('-e p')} 's/o/0/' ${some(file, 2)}`,
      () => `sed -i.bak s/o/0/ ${file()}`,
      () => `sed -n 1p ${file()}`,
      () => `sed -n 'w ${this.#pick(['n1', '../n5', 'up/n6', 'src/n3'])}' ${file()}`,
      () => `sed ${this.#pick(['s/o/x/w n1', '1r b.txt', '$r ../notes', 'p;w n2'].map((script) => `'${script}'`))} ${file()}`,
      () => `sed -f prog.sed ${file()}`,
      () => `sed -e p -e '1w n1' ${file()}`,
      () => `sed -s -n '$p' ${some(file, 2)}`,
      () => `awk ${this.#pick([`'{print $1}'`, `1`, `'{print > "n1"}'`, `'{print $0 >> "src/n3"}'`, `'NR==1'`, `'END{print NR}'`, `'BEGIN{while((getline l < "b.txt")>0) print l}'`, `'BEGIN{system("cat b.txt")}'`, `'{print | "cat > n2"}'`])} ${file()}`,
      () => `awk -f prog.awk ${file()}`,
      () => `awk -v x=1 '{print x}' ${some(file, 2)}`,
      () => `find ${folder()}${flag('-name "*.c"', '-type f', '-maxdepth 1', '-newer a.txt')} ${this.#pick(['-print', '-delete', '-exec cat {} +', '-exec cat {} \\;', '-exec rm {} +', '-exec cp {} n1 \\;', '-fprint n1', '-execdir cat {} \\;', `-exec sh -c 'cat "$1"' _ {} \\;`, '-print0', '-exec touch {}.x \\;', '-fls ../n5', '-exec mv {} empty \\;'])}`,
      () => `find ${this.#pick(['src', 'opt', 'empty', 'up/', 'dirlink/'])} -type f ${this.#pick(['| xargs cat', '-print0 | xargs -0 cat', '| xargs -n1 head -1', '| xargs -I{} cp {} n1', '| xargs rm'])}`,
      () => `echo ${file()} | xargs ${this.#pick(['cat', 'rm -f', 'touch', '-I{} cp {} n1', 'cat a.txt', 'sh -c \'cat "$0"\''])}`,
      () => `tar cf ${this.#pick(['n1.tar', '../n5', 'up/n6'])} ${some(any, 2)}`,
      () => `tar -C ${folder()} -cf n1.tar .`,
      () => `tar cf n1.tar${flag('-h', '-v')} ${file()} && tar xf n1.tar -C ${folder()}`,
      () => `tar cf - ${file()} | tar xf - -C ${folder()}`,
      () => `tar --remove-files -cf n1.tar ${file()}`,
      () => `sort ${file()} -o ${made()}`,
      () => `sort -o ${made()} ${some(file, 2)}`,
      () => `sort -m ${some(file, 2)} > ${made()}`,
      () => `uniq ${file()} ${made()}`,
      () => `shuf ${file()} -o ${made()}`,
      () => `grep${flag('-n', '-i', '-c', '-l', '-v')} o ${some(file, 2)}`,
      () => `grep -r${flag('n', 'l', 'h')} o ${folder()}`,
      () => `grep -rn o`,
      () => `grep -R marker .`,
      () => `grep -f ${file()} ${file()}`,
      () => `grep -e o -- ${file()}`,
      () => `grep --exclude-from=names -r o src`,
      () => `du -a ${folder()}`,
      () => `dd if=${this.#pick(FILES.filter((one) => !one.includes(' ')))} of=${this.#pick(NEW)} status=none`,
      () => `dd of=n1 if=~/notes conv=notrunc`,
      () => `install${flag('-m 600', '-D', '-v')} ${file()} ${made()}`,
      () => `install -d ${made()}`,
      () => `install -t ${folder()} ${file()}`,
      () => `truncate -s 0 ${some(any, 2)}`,
      () => `split -l 1 ${file()} ${this.#pick(['n1', '../n5', 'src/n3', ''])}`,
      () => `csplit -s -f n1 a.txt 2`,
      () => `gzip${flag('-k', '-c', '-f', '-kf')} ${file()}`,
      () => `gzip -c ${file()} > n1.gz; gunzip${flag('-k', '-c')} n1.gz`,
      () => `bzip2 -k ${file()}`,
      () => `xz -k ${file()}`,
      () => `zip -q${flag('-r')} n1.zip ${some(any, 2)}`,
      () => `zip -qr n1.zip src && unzip -qo n1.zip -d ${folder()}`,
      () => `diff${flag('-u', '-r', '-q')} ${file()} ${file()}`,
      () => `diff -r ${folder()} ${folder()}`,
      () => `${this.#pick(['cmp', 'comm', 'join', 'paste'])} ${file()} ${file()}`,
      () => `stat ${any()}; ls${flag('-la', '-R', '-d')} ${any()}`,
      () => `chmod${flag('-R')} ${this.#pick(['600', 'u+x', '--reference=a.txt'])} ${any()}`,
      () => `patch -s${flag('-p0', '-b')} ${this.#pick(['a.txt', ''])} < fix.patch`,
      () => `patch -s -o n1 a.txt fix.patch`,
      () => `shred -n 1 ${file()}`,
      () => `unlink ${file()}`,
      () => `link ${file()} ${made()}`,
      () => `mktemp -p ${folder()}`,
      () => `realpath ${any()}`,
      () => `jq -R . ${file()}`,
      () => `file ${file()}`,
      () => `xxd ${file()} ${made()}`,
      () => `iconv -f utf8 -t utf16 ${file()} -o ${made()}`,
      () => `echo x > ${made()}`,
      () => `printf '%s\\n' ${some(file, 2)} >> ${made()}`,
      () => `: > ${any()}`,
      () => `./run.sh`,
      () => `${this.#pick(['sh', 'bash', '. ', 'source'])} ${this.#pick(['./run.sh', 'run.sh', '"$PWD"/run.sh'])}`,
      () => `. ./set.sh; cat "$v"; cat m.c`,
      () => `. ./set.sh && touch here`,
      // Programs that run others
      () => `env ${inner()}`,
      () => `env${flag('-i', '-u X', 'A=1', '-')} ${inner()}`,
      () => `env -C ${folder()} ${inner()}`,
      () => `env -S ${this.#pick([`'cat a.txt'`, `'rm b.txt'`])}`,
      () => `nice${flag('-n 3', '-5')} ${inner()}`,
      () => `timeout${flag('-s KILL', '--preserve-status', '-k 1')} 1 ${inner()}`,
      () => `nohup ${inner()}`,
      () => `setsid${flag('-w')} ${inner()}`,
      () => `stdbuf -o0 ${inner()}`,
      () => `command${flag('-p')} ${inner()}`,
      () => `builtin ${this.#pick(['cd src && cat m.c', 'echo x > n1', 'eval cat a.txt', 'source ./run.sh'])}`,
      () => `exec ${inner()}`,
      () => `time ${inner()}`,
      () => `flock n1 ${inner()}`,
      () => `flock n1 -c ${code()}`,
      () => `sh -c ${code()}`,
      () => `bash -c ${code()}`,
      () => `bash${flag('-e', '-x', '-u', '--norc', '+e', '-o pipefail')} -c ${code()} _ ${file()}`,
      () => `bash -c 'cat "$1" "$2"' _ ${file()} ${file()}`,
      () => `sh -c '"$@"' _ ${inner()}`,
      () => `bash <<< ${code()}`,
      () => `eval ${code()}`,
      () => `eval ${inner()}`,
      () => `bash ${this.#document(code().slice(1, -1).replaceAll(`'\\''`, "'"), true)}`,
      () => `cat ${this.#document('text', this.#oneIn(2))} > ${made()}`,
      () => `cat ${this.#document(this.#pick(['$(cat b.txt)', '`cat b.txt`', '$PWD', '${x:-$(cat src/m.c)}', '\\$(cat a.txt)']), false)}`,
      () => `cat <<< ${file()}`,
      () => `trap ${code()} EXIT`,
      () => `find src -name m.c -exec env cat {} \\;`,
      // Git in a repository of its own
      () => `git init -q ${this.#pick(['n1', '../n5', 'up/n6', '.'])}`,
      () => `git diff --no-index${flag('--output=n1', '--stat')} ${file()} ${file()}`,
      () => `git hash-object ${file()}`,
      () => `git -C ${folder()} init -q`,
      () => `git init -q && git add a.txt && git -c user.name=a -c user.email=a@b commit -qm x ${this.#pick(['&& git archive HEAD -o n1.tar', '&& git format-patch -q --root -o n1', '&& git show --output=../n5', '&& git bundle create -q n1 HEAD', '&& git mv a.txt n1', '&& git rm -q a.txt', '&& git clone -q . n1', '&& git worktree add -q ../n5', '&& rm a.txt && git checkout a.txt', '&& git clean -fdq', '&& git stash -uq', '&& git reset --hard -q', '-F b.txt --allow-empty'])}`,
    ]
    // Mostly told as unknown: only now and then, or little else would be tried.
    const wild: (() => string)[] = [
      () => `xargs${flag('-n1', '-r', '-t')} cat < names`,
      () => `xargs -0 cat < names0`,
      () => `xargs -a names ${this.#pick(['cat', 'rm', 'touch', 'head -1', 'wc'])}`,
      () => `tar cf n1.tar -T names`,
      () => `sort --files0-from=names0`,
      () => `wc --files0-from=names0`,
      () => `ed -s ${this.#pick(['a.txt', 'b.txt'])} <<< $'1d\\nw n1\\nq'`,
      () => `ed -s a.txt <<< $'!cat b.txt\\nq'`,
      () => `make -s -f - x <<< $'x:\\n\\tcat b.txt'`,
      () => `echo ${code()} | sh`,
      () => `git -c alias.x='!cat b.txt' x`,
    ]
    return this.#pick(this.#oneIn(20) ? wild : makers)()
  }

  /** A program with what may stand around it. */
  #simple(depth: number): string {
    const text = this.#program(depth)
    if (!this.#oneIn(5)) return text
    const redirected = this.#pick([
      () => `${text} > ${this.#new()}`, () => `${text} >> ${this.#new()}`, () => `${text} 2> ${this.#new()}`, () => `${text} &> ${this.#new()}`, () => `${text} >| ${this.#any()}`,
      () => `< ${this.#file()} ${text}`, () => `> ${this.#new()} ${text}`, () => `${text} < ${this.#file()}`, () => `${text} <> ${this.#any()}`, () => `${text} 3> ${this.#new()}`,
      () => `X=${this.#file()} ${text}`, () => `${text} 2>&1 > ${this.#new()}`, () => `${text} >&2`, () => `{ ${text}; } > ${this.#new()}`,
    ])
    return redirected()
  }

  // ---------------------------------------------------------------- the shell

  #document(text: string, quoted: boolean): string {
    this.#documents.push(`${text}\nEOF`)
    return quoted ? `<<'EOF'` : '<<EOF'
  }

  /** Everything that a nested piece of code needs is inside it. */
  #nested(depth: number): string {
    const [before, documents] = [this.#before, this.#documents]
    this.#before = []
    this.#documents = []
    const text = this.#list(depth)
    this.#before = before
    this.#documents = documents
    return text
  }

  #list(depth: number): string {
    let text = ''
    for (let left = 1 + this.#below(3); left > 0; left -= 1) {
      const statement = this.#statement(depth)
      const before = this.#before.splice(0).map((one) => `${one}; `).join('')
      const documents = this.#documents.splice(0)
      const ends = documents.length > 0 ? `\n${documents.join('\n')}\n` : left > 1 ? this.#pick(['; ', ' && ', '\n', ' || ', '; ', ' && ', '; ', this.#oneIn(3) ? ' & ' : '\n']) : ''
      text += before + statement + ends
    }
    return text
  }

  #statement(depth: number): string {
    if (depth <= 0 || this.#below(5) < 2) return this.#simple(depth)
    const body = (): string => this.#nested(depth - 1)
    const simple = (): string => this.#simple(depth - 1)
    const code = (): string => `'${this.#nested(depth - 1).replaceAll("'", `'\\''`)}'`
    const variable = this.#name()
    const use = (): string => this.#pick([`cat "$${variable}"`, `cat $${variable}`, `touch "$${variable}.x"`, `rm -f "$${variable}"`, `cp "$${variable}" n1`, `echo x > "$${variable}"`, `cat "\${${variable}%.x}"`, `cd "$${variable}" && cat *`, `ln -s "$${variable}" n2; cat n2`, `head -1 < $${variable}`, `cat src/../"$${variable}"`])
    const makers: (() => string)[] = [
      () => `cd ${this.#folder()} ${this.#pick(['&&', ';', '||'])} ${simple()}`,
      () => `cd ${this.#folder()}; ${body()}`,
      () => `(cd ${this.#folder()} && ${body()}\n)`,
      () => `(cd ${this.#folder()}; ${body()}\n); ${simple()}`,
      () => `pushd ${this.#folder()} > /dev/null; ${simple()}; popd`,
      () => `cd; ${simple()}`,
      () => `${simple()} | ${simple()}`,
      () => `${simple()} | tee ${this.#new()}`,
      () => `cat ${this.#file()} | ${simple()}`,
      () => `${simple()} |& cat > ${this.#new()}`,
      () => `{ ${body()}\n}`,
      () => `{ ${body()}\n} > ${this.#new()}`,
      () => `(${body()}\n) 2> ${this.#new()}`,
      () => `! ${simple()}`,
      () => `${simple()} & wait`,
      () => `if ${simple()}; then ${body()}\nelse ${body()}\nfi`,
      () => `if [ -e ${this.#any()} ]; then ${body()}\nfi`,
      () => `for ${variable} in ${Array.from({ length: 1 + this.#below(3) }, () => this.#file()).join(' ')}; do ${use()}; done`,
      () => `for ${variable} in ${this.#pick(PATTERNS)}; do ${use()}; done`,
      () => `${variable}=0; while [ $${variable} -lt 2 ]; do ${simple()}; ${variable}=$((${variable}+1)); done`,
      () => `until ${simple()}; do break; done`,
      () => `case ${this.#file()} in *.txt) ${body()}\n;; *) ${body()}\n;; esac`,
      () => `f() { ${body()}\n}; f`,
      () => `f() { ${this.#pick(['cat "$1"', 'cat "$@"', 'local x=$1; cat "$x"', 'cd "$1"', 'rm -rf "$2"', 'shift; cat "$1"', 'cat $*', 'echo x > "$1"'])}; }; f ${this.#any()} ${this.#file()}; ${simple()}`,
      () => `f() ( cd ${this.#folder()}; ${body()}\n); f; ${simple()}`,
      () => `echo $(${body()}\n)`,
      () => `echo "\`${this.#oneIn(2) ? 'cat a.txt' : 'cat src/m.c'}\`"`,
      () => `cat <(${simple()}\n)`,
      () => `${simple()} > >(cat > ${this.#new()}); wait`,
      () => `diff <(cat ${this.#file()}) ${this.#file()}`,
      () => `echo \${x:-$(${simple()})}`,
      () => `echo $(( $(wc -l < ${this.#file()}) + 1 ))`,
      () => `[[ -f ${this.#any()} && $(cat ${this.#file()}) ]] && ${simple()}`,
      () => `exec 3< ${this.#file()}; cat <&3`,
      () => `exec > ${this.#new()}; ${simple()}`,
      () => `exec 4>> ${this.#any()}; echo x >&4`,
      () => `${variable}=${this.#pick(['cat', 'rm', 'touch'])}; $${variable} ${this.#file()}`,
      () => `cat() { head -1 "$@"; }; cat ${this.#file()}`,
      () => `cd() { touch n1; }; cd src; cat m.c`,
      () => `coproc { ${simple()}; }; wait`,
      () => `ln -s ${this.#folder()} n1; ${this.#pick(['cat n1/*', 'touch n1/x', 'cp a.txt n1', 'cat n1/m.c', 'cd n1 && cat *', 'rm -rf n1/', 'echo x > n1/n2', 'cp -r n1 n2', 'cd n1; cd ..; cat *'])}`,
      () => `ln -s ${this.#file()} n1; ${this.#pick(['cat n1', 'echo x > n1', 'cp b.txt n1', 'mv n1 n2; cat n2', 'cp -P n1 n2; cat n2', 'sed -i s/o/0/ n1', 'cat n?', 'touch n1', 'tee n1 < b.txt'])}`,
      () => `mkdir d1; ${this.#pick(['cd d1; ln -s ../.. l; cat l/notes', 'cp a.txt d1; cat d1/*', 'mv src d1; cat d1/src/m.c', 'cd d1 && echo x > y && cat *', 'mv up d1/; cat d1/up/o.txt', 'cp -P up d1/; ls d1/up; cat d1/up/*'])}`,
      () => `mv ${this.#folder()} n1; ${this.#pick(['cat n1/*', 'touch n1/x', 'rm -rf n1', 'cd n1 && cat *', 'ls n1'])}`,
      () => `cp -a ${this.#folder()} n1; ${this.#pick(['cat n1/*', 'touch n1/x', 'cd n1 && rm *'])}`,
      () => `cd opt; ${this.#pick(['rm *', 'cat *', 'rm -- *', 'ls *', 'cp * ../empty', 'cat ./*', 'mv * ../empty'])}`,
    ]
    // Mostly told as unknown: only now and then, or little else would be tried.
    const wild: (() => string)[] = [
      () => `cd ${this.#folder()}; cd -; ${simple()}`,
      () => `for ${variable} in $(${this.#pick(['cat names', 'ls', 'echo a.txt b.txt', 'ls src'])}); do ${use()}; done`,
      () => `while read -r ${variable}; do ${use()}; done < ${this.#pick(['names', 'b.txt'])}`,
      () => `cat names | while read -r ${variable}; do ${use()}; done`,
      () => `set -- ${this.#file()} ${this.#any()}; ${this.#pick(['cat "$1"', 'cat "$@"', 'rm -f $2', 'shift; cat $1', 'for x; do cat "$x"; done', 'cat "${@:2}"', 'cat "${!#}"'])}`,
      () => `cat "$(${simple()})"`,
      () => `mapfile -t a < ${this.#pick(['names', 'b.txt'])}; cat "\${a[@]}"`,
      () => `a=(${this.#file()} ${this.#file()}); cat "\${a[${this.#pick(['0', '1', '@'])}]}"`,
      () => `alias c=cat; c ${this.#file()}`,
      () => `shopt -s ${this.#pick(['dotglob', 'nullglob', 'globstar', 'extglob', 'failglob', 'nocaseglob'])}; cat ${this.#pick(PATTERNS)}`,
      () => `IFS=/; ${variable}=a.txt/b.txt; cat $${variable}`,
      () => `echo ${code()} | ${this.#pick(['(sh)', '{ bash; }', 'sh -c bash', 'if true; then sh; fi', 'env bash', 'while sh; do break; done', 'eval sh', '(cat | sh)', 'find . -maxdepth 0 -exec sh \\;', 'timeout 1 sh', 'xargs -0 sh -c', '(ls; sh)', 'command bash -s', 'f'])}`,
      () => `f() { ${this.#pick(['sh', 'bash -s', 'cat | sh', 'read -r l; eval "$l"'])}; }; f <<< ${code()}`,
      () => `exec < ${this.#pick(['run.sh', 'names', 'set.sh'])}; ${this.#pick(['sh', 'cat', 'xargs cat', 'read -r l; cat "$l"'])}`,
      () => `(${this.#pick(['sh', 'cat', 'xargs cat', 'head -1 | xargs rm'])}) < ${this.#pick(['run.sh', 'names'])}`,
      () => `echo '${this.#pick(['cat a.txt', 'rm b.txt', 'touch n2', 'cat ../notes'])}' > n1; ${this.#pick(['sh n1', '. ./n1', 'bash < n1', 'chmod +x n1; ./n1', 'source ./n1', 'eval "$(cat n1)"'])}`,
      () => `printf '%s\\n' ${this.#file()} ${this.#file()} > n1; ${this.#pick(['xargs cat < n1', 'xargs -a n1 rm', 'cat $(cat n1)', 'while read -r l; do cat "$l"; done < n1', 'tar cf n2 -T n1'])}`,
    ]
    return this.#pick(this.#oneIn(20) ? wild : makers)()
  }
}
