/** An expected failure is a value, not an exception. */
export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

/** A success that carries `value`. */
export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

/** A failure that carries `error`. */
export function err<E>(error: E): { ok: false; error: E } {
  return { ok: false, error }
}
