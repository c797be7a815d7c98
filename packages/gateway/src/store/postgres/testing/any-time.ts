/** A clock that was never set: messages expire by the database's clock alone. */
export const ANY_TIME = { expiryTime: (): number => Number.MAX_SAFE_INTEGER, setByMs: 0 }
