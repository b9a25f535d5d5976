// Who is logged in. The tokens live in this closure and nowhere else: whoever sits at the browser next finds none.

// Time before its end at which a token is renewed.
const MARGIN = 60_000

const API = "/api/v1"

export function openSession(language) {
  const listeners = []
  let tokens = null
  let me = null
  let renewal = null

  const tell = () => listeners.forEach(listener => listener())

  function send(method, path, { token, body } = {}) {
    const headers = { "Accept-Language": language }
    if (token) {
      headers.Authorization = `Bearer ${token}`
    }
    if (body) {
      headers["Content-Type"] = "application/json"
    }
    return fetch(API + path, { method, headers, body: body && JSON.stringify(body) })
  }

  async function keep(answer) {
    const given = await answer.json()
    tokens = { ...given, ends: Date.now() + given.expires_in * 1000 }
  }

  function forget() {
    tokens = null
    me = null
    tell()
  }

  // Logs in; answers the problem if there is one.
  async function logIn(username, password, code) {
    const body = code ? { username, password, code } : { username, password }
    const answer = await send("POST", "/auth/login", { body })
    if (!answer.ok) {
      return answer.json()
    }
    await keep(answer)
    const told = await send("GET", "/me", { token: tokens.access_token })
    if (!told.ok) {
      tokens = null
      return told.json()
    }
    me = await told.json()
    tell()
    return null
  }

  async function logOut() {
    const { access_token: token } = tokens
    try {
      await send("POST", "/auth/logout", { token })
    } finally {
      forget()
    }
  }

  async function renew() {
    const answer = await send("POST", "/auth/refresh", { body: { refresh_token: tokens.refresh_token } })
    await (answer.ok ? keep(answer) : forget())
  }

  // The access token, renewed in time; null for nobody. It is renewed when it is needed, not by a clock: a page that
  // nobody uses is to end its session as any other.
  async function token() {
    if (tokens && Date.now() > tokens.ends - MARGIN) {
      // A refresh token is good once, so all who wait share one renewal.
      renewal ??= renew().finally(() => (renewal = null))
      await renewal
    }
    return tokens && tokens.access_token
  }

  return {
    logIn,
    logOut,
    forget,
    token,
    me: () => me,
    whenChanged: listener => listeners.push(listener),
  }
}
