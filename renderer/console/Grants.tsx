import { useState } from 'react'
import type { OperatorClient } from '../../electron/contract/operator-client.ts'
import type { Grant } from '../../electron/contract/request.ts'
import { Verbatim } from '../ui/Verbatim.tsx'
import { clockTime, fullTime } from './time.ts'

/** Every answer that is remembered, and the way to take it back. */
export function Grants({ client, grants }: { client: OperatorClient; grants: readonly Grant[] }) {
  const [problem, setProblem] = useState<string>()
  const revoke = (id: string): void => {
    client.call('revokeGrant', { id }).then(
      (reply) => setProblem(reply.done ? undefined : reply.message),
      (error: Error) => setProblem(error.message),
    )
  }
  return (
    <>
      <div className="toolbar">
        <h2>Grants</h2>
        <span className="measure">end with their time or session, or when revoked</span>
      </div>
      {problem !== undefined && (
        <p className="notice tone-alert" role="alert">
          {problem}
        </p>
      )}
      {grants.length === 0 ? (
        <div className="empty">
          <h3>No grants</h3>
          <p>When you allow something for a time or until the session ends, it is listed here and can be revoked.</p>
        </div>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Allows without asking</th>
              <th scope="col">Agent</th>
              <th scope="col">Session</th>
              <th scope="col">Given</th>
              <th scope="col" className="number">
                Used
              </th>
              <th scope="col">
                <span className="only-heard">Revoke</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {grants.map((grant) => (
              <tr key={grant.id}>
                <th scope="row">
                  <ul className="rules">
                    {grant.rules.map((rule) => (
                      <li key={rule}>
                        <Verbatim text={rule} />
                      </li>
                    ))}
                  </ul>
                </th>
                <td>
                  <Verbatim text={grant.agent} />
                </td>
                <td>
                  <Verbatim text={grant.session} />
                </td>
                <td>
                  <time dateTime={new Date(grant.givenAt).toISOString()} title={fullTime(grant.givenAt)}>
                    {clockTime(grant.givenAt)}
                  </time>
                  {grant.endsAt !== undefined && (
                    <>
                      {' until '}
                      <time dateTime={new Date(grant.endsAt).toISOString()} title={fullTime(grant.endsAt)}>
                        {clockTime(grant.endsAt)}
                      </time>
                    </>
                  )}
                </td>
                <td className="number">{grant.uses}</td>
                <td className="number">
                  <button type="button" className="button" onClick={() => revoke(grant.id)}>
                    Revoke
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
