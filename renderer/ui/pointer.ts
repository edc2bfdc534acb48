/** Where the pointer is in this window; nothing while it is elsewhere or no finger touches. */
let position: { x: number; y: number } | undefined

const follow = (event: PointerEvent): void => {
  position = { x: event.clientX, y: event.clientY }
}
const lose = (): void => {
  position = undefined
}
document.addEventListener('pointermove', follow, true)
document.addEventListener('pointerdown', follow, true)
document.addEventListener('pointerup', (event) => event.pointerType === 'touch' && lose(), true)
document.addEventListener('pointercancel', lose, true)
document.documentElement.addEventListener('pointerleave', lose)

/** Whether the pointer lies over the element, also when the element has only just appeared under it. */
export function isUnderPointer(element: Element | undefined): boolean {
  if (!element || !position) return false
  const { left, right, top, bottom } = element.getBoundingClientRect()
  return position.x >= left && position.x <= right && position.y >= top && position.y <= bottom
}
