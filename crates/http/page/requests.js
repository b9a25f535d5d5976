// What is sent: with the token, in the page's language, and with a reason in any script.

const REASON = "Change-Reason"

// A header's value as RFC 8187 encodes it; browsers send no other letters than those of Latin-1 as they are.
export function encoded(text) {
  if (/^[\x20-\x7e]*$/.test(text)) {
    return text
  }
  const octets = encodeURIComponent(text).replace(/['()*]/g, sign => `%${sign.charCodeAt(0).toString(16)}`)
  return `UTF-8''${octets}`
}

export function requests(session, language) {
  const isOwn = url => new URL(url, location).origin === location.origin

  return {
    requestInterceptor: async request => {
      if (!isOwn(request.url)) {
        return request
      }
      request.headers["Accept-Language"] ??= language
      if (request.headers[REASON]) {
        request.headers[REASON] = encoded(request.headers[REASON])
      }
      const token = await session.token()
      if (token) {
        request.headers.Authorization = `Bearer ${token}`
      }
      return request
    },
    responseInterceptor: answer => {
      // A log-in that fails is answered 401, too, and says nothing of the session.
      if (answer.status === 401 && session.me() && !answer.url.includes("/auth/")) {
        session.forget()
      }
      return answer
    },
  }
}
