/** Settings and two bodies, worked out by hand with another implementation. */
export const VECTOR = {
  token: "pushToken2024",
  encodingAesKey: "pqxXJiYx6H6j2jR5XZ1y5ROgVEJ9vVdnbHY7Vz1Ck5U",
  receiveId: "ww0123456789abcdef",
  timestamp: "1735689600",
  nonce: "9081726354",
  random: Buffer.from("0123456789abcdef"),
} as const

/** Padded with 13 bytes. */
export const VECTOR_A = {
  message: "3917462085126",
  encrypted: "aSQqzsLW0myVphNetyjcadUiF775U6uVMRM/lEvTRmgjThhl9+eXWdXYtFxbiX7pr3E9H5HXemm6woh06bqHFg==",
  signature: "bb9d85187182248913290d60a10406cb281a5206",
} as const

/** Padded with 2 bytes. */
export const VECTOR_B = {
  message:
    "<xml><ToUserName><![CDATA[ww0123456789abcdef]]></ToUserName><FromUserName><![CDATA[alice]]></FromUserName>" +
    "<CreateTime>1735689600</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[enter_agent]]></Event>" +
    "<EventKey><![CDATA[]]></EventKey><AgentID>1000007</AgentID></xml>",
  encrypted:
    "aSQqzsLW0myVphNetyjcaStkbVg4xFIlzdpvzY/rMWoUSin7W9KqR/Hz5HYJtJuGhiXOBuALWov19S6aNmT+IkiGNSeosZMydH7nHFSbW3igFp" +
    "arF4xCvfSCvOr1m5brouL06Qeb6Er2/cIVUgvUNJDnu8f7lBxBg4I31eTMz5Hvr2tQLrr7w0HnueEZ225FaG4N4Q+IyBLWFiNVtlBAfnEkUBGX" +
    "7Xd4aVWUkc1q9R56IqhMm7mqtR1JRYpSCI2gRd4mKIaZ49OgOeu75cmuOT5Avx/6O4ofcG5echsu+Ekhio1g8Qfp6Y0ZJTQvfd/cEE+cLGFQvl" +
    "F+LPU0IUHh5mu3U2dIeFfuPB+1f4qZx6fIcSmU5vowhXJGIxUXOij3MsabrVHLcFwRv7zc74fO84C1bBO3jjt77DEI+pFfL8s=",
  signature: "a0a8ae1f292789400526dedc4b6ae825bcf49ec3",
} as const
