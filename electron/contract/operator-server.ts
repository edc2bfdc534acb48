import { ToBroker, type Channel, type ToWindow } from './channel.ts'
import {
  operatorMethods,
  type EventData,
  type Operator,
  type OperatorEvent,
  type OperatorMethod,
  type Role,
} from './operator.ts'

/** One window, seen from the broker. */
export interface ServedWindow {
  emit<E extends OperatorEvent>(event: E, data: EventData<E>): void
}

/**
 * Serves `operator` to the window behind `channel`. The role is what the host gave the window, never what the window
 * says. Unknown methods, methods of another role and malformed input are refused with a message.
 */
export function serveOperator(channel: Channel, roles: readonly Role[], operator: Operator): ServedWindow {
  const reply = (message: ToWindow): void => channel.send(message)

  channel.onMessage((raw) => {
    const message = ToBroker.safeParse(raw)
    if (!message.success) return reply({ id: -1, error: 'Not a message of the operator interface.' })
    const { id, method, input } = message.data
    if (!isMethod(method)) return reply({ id, error: `There is no method "${method}".` })
    const definition = operatorMethods[method]
    if (!definition.roles.some((role) => roles.includes(role)))
      return reply({ id, error: `"${method}" is not for this window.` })
    const parsed = definition.input.safeParse(input)
    if (!parsed.success) return reply({ id, error: `"${method}": ${parsed.error.issues[0]?.message ?? 'bad input'}` })
    const run = operator[method] as (input: unknown) => unknown
    Promise.try(() => run(parsed.data)).then(
      (output) => reply({ id, output }),
      (error: unknown) => reply({ id, error: error instanceof Error ? error.message : String(error) }),
    )
  })

  return { emit: (event, data) => reply({ event, data }) }
}

function isMethod(name: string): name is OperatorMethod {
  return Object.hasOwn(operatorMethods, name)
}
