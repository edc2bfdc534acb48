import type { State } from '../../electron/contract/operator.ts'
import { Verbatim } from '../ui/Verbatim.tsx'

/** The policy in force: its revision, its files, and loudly what was not taken. */
export function Policies({ policy }: { policy: State['policy'] }) {
  return (
    <>
      <div className="toolbar">
        <h2>Policies</h2>
        <span className="measure">revision {policy.revision} in force</span>
      </div>
      {policy.errors.length > 0 && (
        <section className="notice tone-alert">
          <h3>The last change was not taken</h3>
          <p>Revision {policy.revision} stays in force. Correct this and save; it is read again at once.</p>
          <ul className="errors">
            {policy.errors.map((error) => (
              <li key={error}>
                <Verbatim text={error} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {policy.files.length === 0 ? (
        <p className="empty">No policy is in force: every call is asked about.</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col">Layer</th>
              <th scope="col">For</th>
              <th scope="col" className="number">
                Rules
              </th>
            </tr>
          </thead>
          <tbody>
            {policy.files.map((file) => (
              <tr key={file.file}>
                <th scope="row">
                  <Verbatim text={file.name} />
                  <p>{file.description === '' ? null : <Verbatim text={file.description} />}</p>
                  <p className="file">
                    <Verbatim text={file.file} />
                  </p>
                </th>
                <td>{file.layer}</td>
                <td>
                  <Verbatim text={file.agents.length === 0 ? 'every agent' : file.agents.join(', ')} />
                </td>
                <td className="number">{file.rules}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
