import { afterPress, isArmed, startArming, type Arming } from './arming.ts'
import { isUnderPointer } from './pointer.ts'

/** How guarded controls look. */
export interface Look {
  /** They would act now. */
  armed: boolean
  /** The pointer lay on them when their content appeared, and has to leave them before it can press them. */
  covered: boolean
}

/** Controls on a page that are inert until what they are about has been in view for the arming delay (arming.ts). */
export interface ArmedControls {
  /** Watches the element that holds the controls. Returns the function that stops it. */
  attach: (element: HTMLElement) => () => void
  /** Everything that the controls are about; any change of it makes them inert at once. */
  show: (content: string) => void
  /** Tell it of every pointer press on the controls. */
  press: () => void
  /** Whether a click may act: pressed and released while armed, by a pointer that came for it. */
  acceptsClick: (event: MouseEvent) => boolean
  /** Whether a deliberate key may act. */
  acceptsKey: () => boolean
  look: () => Look
  subscribe: (listener: () => void) => () => void
}

export function armedControls(): ArmedControls {
  const listeners = new Set<() => void>()
  let element: HTMLElement | undefined
  let shown: string | undefined
  let arming: Arming = startArming(performance.now())
  let pressedWhileArmed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let look: Look = { armed: false, covered: false }

  const setLook = (next: Look): void => {
    if (next.armed === look.armed && next.covered === look.covered) return
    look = next
    listeners.forEach((listener) => listener())
  }
  const isArmedNow = (): boolean => shown !== undefined && !document.hidden && isArmed(arming, performance.now())
  const wait = (): void => {
    clearTimeout(timer)
    const left = arming.armedAt - performance.now()
    setLook({ ...look, armed: isArmedNow() })
    if (left > 0) timer = setTimeout(wait, Math.ceil(left))
  }
  const restart = (): void => {
    arming = startArming(performance.now())
    pressedWhileArmed = false
    wait()
  }
  const uncover = (): void => {
    if (look.covered && !isUnderPointer(element)) setLook({ ...look, covered: false })
  }

  return {
    attach: (holder) => {
      element = holder
      const stop = new AbortController()
      const { signal } = stop
      for (const type of ['focus', 'blur']) window.addEventListener(type, restart, { signal })
      document.addEventListener('visibilitychange', restart, { signal })
      for (const type of ['pointermove', 'pointerup', 'pointercancel', 'pointerout'])
        document.addEventListener(type, uncover, { signal })
      return () => {
        stop.abort()
        clearTimeout(timer)
      }
    },
    show: (content) => {
      if (content === shown) return
      shown = content
      setLook({ armed: false, covered: isUnderPointer(element) })
      restart()
    },
    press: () => {
      pressedWhileArmed = isArmedNow() && !look.covered
      arming = afterPress(arming, performance.now())
      wait()
    },
    acceptsClick: (event) => {
      const accepted = pressedWhileArmed && isArmedNow() && isOfAPointer(event)
      pressedWhileArmed = false
      return accepted
    },
    acceptsKey: isArmedNow,
    look: () => look,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** False for the clicks that Enter, Space, access keys and scripts make. */
function isOfAPointer(event: MouseEvent): boolean {
  return event.isTrusted && event.detail > 0 && 'pointerType' in event && event.pointerType !== ''
}
