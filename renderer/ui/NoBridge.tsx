/** What a desktop page shows when it was opened outside the desktop. */
export function NoBridge() {
  return (
    <main className="plain-page">
      <h1>This page belongs to Paddock’s window</h1>
      <p>It has no connection here. Start Paddock and use its own window.</p>
    </main>
  )
}
