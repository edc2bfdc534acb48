// The main process of the tests that run in the real Electron. Playwright drives it through a debugger, which the desktop
// refuses to start with; so what asks for one is taken away before the desktop looks.
process.argv = process.argv.filter((argument) => !/^--(inspect|remote-debugging)/.test(argument))

await import('../../out/main/index.js')
