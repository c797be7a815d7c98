import { storeContract } from "../contract.ts"
import { openTemporary } from "../testing/open-store.ts"

storeContract("sqlite", openTemporary)
