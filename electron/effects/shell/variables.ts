import { connectToHost, connectToUrl } from '../programs/network.ts'
import { loaded } from '../programs/roles.ts'
import type { Reading } from './reading.ts'
import { type Scope, type Values } from './scope.ts'
import { touch } from './touch.ts'

/**
 * Adds what setting a variable does to the programs that come later, as knowledge says: `PAGER` is a command, `PATH` decides
 * what every name means, `HTTPS_PROXY` is a host, `PYTHONPATH` a list of directories to load from. Most
 * variables do nothing.
 */
export function setVariable(name: string, values: Values, scope: Scope, reading: Reading): void {
  const role = reading.knowledge.variables.get(name)
  if (role === undefined || role === 'text') return
  if (role === 'opaque' || values === null || values.some((value) => typeof value !== 'string'))
    return reading.effects.unknown(`sets ${name}, which can change what programs run or reach`)
  for (const value of values) {
    if (typeof value !== 'string' || value === '') continue
    if (role === 'shell') reading.runCode(value, scope)
    else if (role === 'helper') reading.runCode(`${value} "$@"`, { ...scope, positional: undefined })
    else if (role === 'url') connectToUrl(value, {}, reading)
    else if (role === 'loaded') loaded(value, scope.directories, `whoever goes by ${name}`, reading)
    else if (role === 'host') connectToHost(value, {}, reading)
    else for (const path of value.split(':')) touch([role === 'write' ? 'write' : 'read'], path, scope.directories, reading)
  }
}
