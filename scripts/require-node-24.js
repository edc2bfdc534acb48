// First step of the scripts that need Node 24, so that an install without optional dependencies (which carry the
// pinned Node) ends in one clear sentence and not in a syntax error of the system's Node.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `Paddock needs Node 24 and this is ${process.version}. Run "npm ci" without --omit=optional; ` +
      'where no pinned Node exists (macOS), install Node 24 yourself.',
  )
  process.exit(1)
}
