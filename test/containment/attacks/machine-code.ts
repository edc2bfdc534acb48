/** Programs in machine code, for what no interpreter does. */

/** An ELF file for i386 (32 bits) that opens a file by the old interrupt and prints its beginning. */
export function i386Elf(path: string): Buffer {
  const base = 0x08048000
  const start = 0x54
  const code = Buffer.from(
    [
      'b805000000', 'bbPATH', '31c9', '31d2', 'cd80', // open(path, 0, 0)
      '89c3', 'b803000000', 'b9BUFF', 'ba40000000', 'cd80', // read(it, buffer, 64)
      '89c2', 'b804000000', 'bb01000000', 'b9BUFF', 'cd80', // write(1, buffer, as much)
      'b801000000', '31db', 'cd80', // exit(0)
    ]
      .join('')
      .replace('PATH', little(base + start + 64))
      .replaceAll('BUFF', little(base + start + 64 + 512)),
    'hex',
  )
  const body = Buffer.alloc(64 + 512 + 64)
  code.copy(body)
  body.write(`${path}\0`, 64)
  // Elf32_Ehdr and one Elf32_Phdr: everything readable, writable and executable
  const header = Buffer.concat([
    Buffer.from('7f454c46010101000000000000000000', 'hex'),
    u16(2, 3), u32(1, base + start, 52, 0, 0), u16(52, 32, 1, 40, 0, 0),
    u32(1, 0, base, base, start + body.length, start + body.length, 7, 0x1000),
  ])
  return Buffer.concat([header, body])
}

/** An ELF file for x86-64 that starts `count` processes, each of which opens a file and ends; it then waits. */
export function manyOpensElf(path: string, count: number): Buffer {
  const base = 0x400000
  const start = 0x78
  const program = Buffer.from(
    [
      `bb${little(count)}`, // 00: mov ebx, count
      'b839000000', '0f05', // 05: fork
      '85c0', '740b', // 0c: child? to 1b
      'ffcb', '75f1', // 10: next, back to 05
      'b822000000', '0f05', // 14: pause
      // 1b: open(path, 0, 0)
      'b802000000', `bf${little(base + start + 64)}`, '31f6', '31d2', '0f05',
      'b83c000000', '31ff', '0f05', // exit(0)
    ].join(''),
    'hex',
  )
  const body = Buffer.alloc(64 + 512)
  program.copy(body)
  body.write(`${path}\0`, 64)
  return elf64(body)
}

/** An ELF file for x86-64 that starts `count` programs, one after the other, each by the path that then stands at the beginning of a file. */
export function startsFromFileElf(file: string, count: number): Buffer {
  const at = 0x400000 + 0x78
  const program = Buffer.from(
    [
      'b802000000', `bf${little(at + 192)}`, 'be02000000', '31d2', '0f05', // open(file, O_RDWR)
      '4189c0', 'b809000000', 'bf00000010', 'be00100000', 'ba03000000', '41ba11000000', '4531c9', '0f05', // mmap it shared, at 0x10000000
      `bb${little(count)}`,
      'b839000000', '0f05', '85c0', '7422', // fork
      'b83d000000', '48c7c7ffffffff', '31f6', '31d2', '4531d2', '0f05', 'ffcb', '75dc', // wait4; the next
      'b83c000000', '31ff', '0f05', // exit(0)
      'b83b000000', 'bf00000010', `be${little(at + 160)}`, '31d2', '0f05', // execve(0x10000000, words, 0)
      'b83c000000', 'bf03000000', '0f05', // exit(3)
    ].join(''),
    'hex',
  )
  const body = Buffer.alloc(192 + 512)
  program.copy(body)
  body.writeBigUInt64LE(BigInt(at + 176), 160)
  body.write('x', 176)
  body.write(`${file}\0`, 192)
  return elf64(body)
}

/** Elf64_Ehdr and one Elf64_Phdr around code that begins at its first byte. */
function elf64(body: Buffer): Buffer {
  const base = 0x400000
  const start = 0x78
  const header = Buffer.concat([
    Buffer.from('7f454c46020101000000000000000000', 'hex'),
    u16(2, 62), u32(1), u64(base + start, 64, 0), u32(0), u16(64, 56, 1, 64, 0, 0),
    u32(1, 7), u64(0, base, base, start + body.length, start + body.length, 0x1000),
  ])
  return Buffer.concat([header, body])
}

function little(value: number): string {
  return u32(value).toString('hex')
}

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2)
  values.forEach((value, index) => bytes.writeUInt16LE(value, index * 2))
  return bytes
}

function u32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32LE(value, index * 4))
  return bytes
}

function u64(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8)
  values.forEach((value, index) => bytes.writeBigUInt64LE(BigInt(value), index * 8))
  return bytes
}
