/** Start arguments that would open the process from outside, with or without dashes, value or not. */
const REFUSED_ARGUMENTS = ['no-sandbox', 'disable-web-security', 'remote-debugging', 'inspect', 'js-flags', 'load-extension']
const REFUSED_VARIABLES = ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE']

/**
 * Why Paddock will not start with these arguments and this environment, or nothing. Whoever may add a debugger or switch
 * the sandbox off could answer requests in the operator's place.
 */
export function startRefusal(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string | undefined {
  for (const argument of args) {
    const name = argument.toLowerCase().replace(/^[-/]+/, '')
    if (name !== argument.toLowerCase() && REFUSED_ARGUMENTS.some((refused) => name.startsWith(refused)))
      return `Paddock does not start with "${argument}": it would let others into the window that answers requests.`
  }
  for (const variable of REFUSED_VARIABLES)
    if (env[variable] !== undefined)
      return `Paddock does not start while the environment variable ${variable} is set. Unset it and start again.`
  return undefined
}
