import { useEffect, useState } from 'react'

export const VIEWS = ['timeline', 'running', 'sessions', 'agents', 'policies', 'grants'] as const
export type View = (typeof VIEWS)[number]

export const TITLES: Record<View, string> = {
  timeline: 'Timeline',
  running: 'Running',
  sessions: 'Sessions',
  agents: 'Agents',
  policies: 'Policies',
  grants: 'Grants',
}

/** The view that the part of an address after `#` names; the timeline when it names none. */
export function viewOf(hash: string): View {
  return VIEWS.find((view) => hash === `#/${view}`) ?? 'timeline'
}

/** The view that the address names now. */
export function useView(): View {
  const [view, setView] = useState(() => viewOf(location.hash))
  useEffect(() => {
    const follow = (): void => setView(viewOf(location.hash))
    window.addEventListener('hashchange', follow)
    return () => window.removeEventListener('hashchange', follow)
  }, [])
  return view
}
