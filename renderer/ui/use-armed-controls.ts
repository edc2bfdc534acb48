import { useLayoutEffect, useState, useSyncExternalStore, type RefObject } from 'react'
import { armedControls, type ArmedControls, type Look } from './armed-controls.ts'

/** Guards the controls in `holder`, which are about `content`, from the frame in which that is first shown. */
export function useArmedControls(content: string, holder: RefObject<HTMLElement | null>): [ArmedControls, Look] {
  const [controls] = useState(armedControls)
  const look = useSyncExternalStore(controls.subscribe, controls.look)
  useLayoutEffect(() => (holder.current ? controls.attach(holder.current) : undefined), [controls, holder])
  useLayoutEffect(() => controls.show(content), [controls, content])
  return [controls, look]
}
