import type { Offer } from '../contract/request.ts'
import { formatRule, rulesFor, ruleWouldHelp, type GrantRule } from '../policy/grant-rules.ts'
import { escapeGlob } from '../policy/variables.ts'
import type { Folders } from './folders.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { Judgement } from './judge.ts'
import { planRules } from './remembered-rules.ts'

/** The ways to allow that policy leaves to the operator, narrowest first, with the literal rules each would put in force. */
export function offersFor({ subject, decoded: { call } }: IncomingCall, { decision, policy, limited }: Judgement, folders: Folders): Offer[] {
  const { remember } = policy.approval(subject)
  const offers: Offer[] = remember.includes('once') ? [{ remember: 'once' }] : []
  const rules = limited ? undefined : rulesFor(decision)
  if (!rules) return offers
  if (remember.includes('once') && call.tool === 'operation' && call.within !== undefined) offers.push(folderOffer(call.within, rules))
  for (const one of remember) if (one !== 'once' && one !== 'rule') offers.push({ remember: one, rules: rules.map(formatRule) })
  const plan = remember.includes('rule') && ruleWouldHelp(decision) ? planRules(folders, subject, policy, rules) : undefined
  if (plan?.ok) offers.push({ remember: 'rule', rules: rules.map(formatRule), file: plan.value.file, adds: plan.value.adds })
  return offers
}

/** The same for everything that lies in the folder itself. */
function folderOffer(folder: string, rules: readonly GrantRule[]): Offer {
  const inIt = rules.map(({ section }) => formatRule({ section, pattern: `${escapeGlob(folder)}/*` }))
  return { remember: 'folder', folder, rules: [...new Set(inIt)] }
}
