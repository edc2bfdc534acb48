import type { FenceRule, FenceTerms } from '../contract/containment.ts'
import type { Subject } from '../policy/decide.ts'
import type { ContainedRunsOptions, Identity } from './contained-runs.ts'
import type { PolicyStore } from './policy-store.ts'

/** Everything the supervisor of a run decides by, as it stands now. */
export function termsFor({ policies, grants }: Pick<ContainedRunsOptions, 'policies' | 'grants'>, { agent, session, subject, knowledge }: Identity, proxyPort?: number): FenceTerms {
  const { rules, default: verdict, variables } = policies.inForce.fence(subject)
  return {
    revision: policies.inForce.revision,
    default: verdict,
    rules: rules.flatMap((rule): FenceRule[] => {
      const { section, pattern, layer, source, conditions } = rule
      // A rule with conditions that only a call can meet: in doubt it does not allow, and does ask or deny.
      return section === 'tools' || (conditions && rule.verdict === 'allow') ? [] : [{ section, verdict: rule.verdict, pattern, layer, source }]
    }),
    grants: grants.rulesOf(agent, session).flatMap(({ section, pattern }) => (section === 'tools' ? [] : [{ section, pattern }])),
    variables: Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]])),
    asksUnannounced: asksUnannounced(policies, subject),
    knowledge: { ...knowledge, network: [...knowledge.network, ...(proxyPort === undefined ? [] : [`127.0.0.1:${proxyPort}`])] },
  }
}

/** Whether a policy wants to ask about programs that start beside what calls announced. */
export function asksUnannounced(policies: PolicyStore, subject: Subject): boolean {
  return policies.inForce.monitor(subject).unannounced === 'ask'
}
