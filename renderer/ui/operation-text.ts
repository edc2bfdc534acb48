import type { Call } from '../../electron/contract/call.ts'
import { callSubject, describeEffect } from '../../electron/contract/describe.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import type { CallText } from './call-text.ts'
import { effectText } from './effect-text.ts'

type Operation = Extract<Call, { tool: 'operation' }>
type FileKind = 'read' | 'write' | 'delete'

/** What a program of a contained agent is about to do. It stands still meanwhile, and nothing has happened yet. */
export function operationText(call: Operation): CallText {
  const program = [
    { label: 'Program', text: call.program },
    { label: 'Started as', text: callSubject(call) },
  ]
  if (call.first) return { ...folderText(call), parts: [...folderParts(call, call.first), ...program] }
  if (call.effects.some(({ kind }) => kind === 'exec'))
    return { wish: 'start a program', paused: 'What starts it is paused right now, and nothing has started. Allow starts exactly this, with these words; Deny gives an error.', parts: program }
  return {
    wish: wishOf(call.effects),
    paused: 'The program is paused right now, before this happens. Allow lets it do exactly this; Deny gives it an error.',
    parts: [...numbered(call.effects.map(partOf)), ...program],
  }
}

function folderText({ effects }: Operation): Pick<CallText, 'wish' | 'paused'> {
  const kinds = effects.map(({ kind }) => kind).filter(isFileKind)
  return {
    wish: `${kinds.join(' and ')} files in a folder outside its fence`,
    paused:
      `The program is paused right now, before the one file named below. Allow covers every file that this command ${kinds.map((kind) => `${kind}s`).join(' and ')} ` +
      'in the folder, until the command ends. Deny refuses only this one, and the next is asked about again.',
  }
}

function folderParts({ effects }: Operation, first: Effect): CallText['parts'] {
  const folder = effects.find((effect) => isFileKind(effect.kind))
  return [
    { label: 'Folder', text: folder && 'path' in folder ? (folder.path ?? '') : '' },
    { label: 'Right now it', text: describeEffect(first) },
  ]
}

function wishOf(effects: readonly Effect[]): string {
  const [first] = effects
  if (!first || effects.some(({ kind }) => kind !== first.kind)) return 'reach outside its fence'
  switch (first.kind) {
    case 'read':
    case 'write':
    case 'delete':
      return `${first.kind} ${first.recursive ? 'a folder' : 'a file'} outside its fence`
    case 'connect':
      return isSocket(first.host) ? 'connect to a socket of this machine' : 'connect to a host'
    case 'listen':
      return 'offer a service to others'
    case 'exec':
    case 'tool':
    case 'unknown':
      return 'reach outside its fence'
  }
}

function partOf(effect: Effect): CallText['parts'][number] {
  switch (effect.kind) {
    case 'read':
    case 'write':
    case 'delete':
      return { label: `${effect.recursive ? 'Folder' : 'File'} to ${effect.kind}`, text: effect.path }
    case 'connect':
      return { label: isSocket(effect.host) ? 'Socket' : 'Host', text: wordsOf(effect) }
    case 'listen':
      return { label: 'Address', text: wordsOf(effect) }
    case 'exec':
    case 'tool':
    case 'unknown':
      return { label: 'Operation', text: describeEffect(effect) }
  }
}

function wordsOf(effect: Effect): string {
  return effectText(effect).words.join(' ')
}

/** Each label once: the second file to write is `File to write, 2`. */
function numbered(parts: CallText['parts']): CallText['parts'] {
  return parts.map(({ label, text }, index) => {
    const before = parts.slice(0, index).filter((part) => part.label === label).length
    return { label: before === 0 ? label : `${label}, ${before + 1}`, text }
  })
}

function isFileKind(kind: Effect['kind']): kind is FileKind {
  return kind === 'read' || kind === 'write' || kind === 'delete'
}

function isSocket(host: string): boolean {
  return host.startsWith('unix:')
}
