/** Paddock's mark: a fence. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d="M3 17V6l2-2.5L7 6v11zM13 17V6l2-2.5L17 6v11z" fill="currentColor" />
      <path d="M1 8.25h18M1 12.75h18" stroke="currentColor" strokeWidth="1.75" />
    </svg>
  )
}
