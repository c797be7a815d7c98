/** Of a clock that was never set: what expires is told by the database's alone. */
export const ANY_TIME = { expiryTime: (): number => Number.MAX_SAFE_INTEGER }
