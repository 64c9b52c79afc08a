import { describe, expect, it } from 'vitest'
import { EgressRefusedError } from './egress.errors.ts'
import { checkTarget, readExemptions } from './target.ts'

const none = readExemptions([])

describe('checkTarget', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0177.0.0.1./',
    'http://127.0.0.1./',
    'http://0/',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/',
    'http://%31%32%37.0.0.1/',
    'http:127.0.0.1',
    'http:\\\\127.0.0.1\\',
    ' http://127.0.0.1/ ',
    'http://1\t27.0.0.1/',
    'http://①⑥⑨.254.169.254/latest/meta-data/',
    'http://169.254.169.254/',
    'http://0xA9FEA9FE/',
    'http://2852039166/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[0:0:0:0:0:ffff:7f00:0001]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00:ec2::254]/',
    'https://10.0.0.1:8443/',
  ])('refuses the special-use address in %j', (url) => {
    expect(() => checkTarget(url, none)).toThrow('The host is not on the public internet.')
  })

  it.each([
    ['', 'The URL is not valid.'],
    ['example.com', 'The URL is not valid.'],
    ['//example.com/', 'The URL is not valid.'],
    ['http://', 'The URL is not valid.'],
    ['http://example.com:65536/', 'The URL is not valid.'],
    ['http://256.1.1.1/', 'The URL is not valid.'],
    ['http://1.2.3.4.5/', 'The URL is not valid.'],
    ['http://08.1.1.1/', 'The URL is not valid.'],
    ['http://[fe80::1%25eth0]/', 'The URL is not valid.'],
    ['http://[::1/', 'The URL is not valid.'],
    ['http://./', 'The URL is not valid.'],
    ['http://example.com../', 'The URL is not valid.'],
    ['http://exa mple.com/', 'The URL is not valid.'],
    [`http://example.com/${'a'.repeat(8_192)}`, 'The URL is not valid.'],
    ['ftp://example.com/', 'Only http and https addresses may be called.'],
    ['file:///etc/passwd', 'Only http and https addresses may be called.'],
    ['data:text/plain,x', 'Only http and https addresses may be called.'],
    ['gopher://example.com/', 'Only http and https addresses may be called.'],
    ['javascript:alert(1)', 'Only http and https addresses may be called.'],
    ['ws://example.com/', 'Only http and https addresses may be called.'],
    ['https://user@example.com/', 'The URL may not carry a user name or password.'],
    ['https://:password@example.com/', 'The URL may not carry a user name or password.'],
    ['https://example.com%2f@example.org/', 'The URL may not carry a user name or password.'],
    ['http://example.com:0/', 'The port may not be called.'],
    ['http://example.com:22/', 'The port may not be called.'],
    ['http://example.com:25/', 'The port may not be called.'],
    ['http://example.com:6667/', 'The port may not be called.'],
  ])('refuses %j: %s', (url, words) => {
    expect(() => checkTarget(url, none)).toThrow(new EgressRefusedError(words).message)
  })

  it.each([
    ['https://example.com', 'https://example.com/'],
    ['https://EXAMPLE.com./a?b#c', 'https://example.com/a?b'],
    ['https://example.com:443/', 'https://example.com/'],
    ['http://example.com:8080/', 'http://example.com:8080/'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['https://ｅｘａｍｐｌｅ.com/', 'https://example.com/'],
    ['https://8.8.8.8/', 'https://8.8.8.8/'],
    ['https://134744072/', 'https://8.8.8.8/'],
    ['https://[2606:4700::1111]/', 'https://[2606:4700::1111]/'],
    ['https://example.com/@:?x=http://127.0.0.1/', 'https://example.com/@:?x=http://127.0.0.1/'],
  ])('reads %j as %s', (url, read) => {
    const target = checkTarget(url, none)
    expect([target.url.href, target.exempt]).toEqual([read, false])
  })

  it('does not show a literal address, or what is wrong with it, in the public words', () => {
    try {
      checkTarget('http://0xA9FEA9FE/', none)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(EgressRefusedError)
      expect((error as EgressRefusedError).code).toBe('EGRESS_REFUSED')
      expect((error as EgressRefusedError).message).not.toMatch(/169|link/)
      expect((error as EgressRefusedError).internal).toContain('link-local')
    }
  })
})

describe('exemptions', () => {
  it.each([
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['127.0.0.1:8080', 'http://2130706433:8080/'],
    ['[::1]:80', 'http://[0:0::1]/'],
    ['Intranet.Example.:443', 'https://intranet.example/'],
    ['bücher.example:80', 'http://xn--bcher-kva.example'],
    ['mail.example.com:25', 'http://mail.example.com:25/'],
  ])('%s excuses %s', (entry, url) => {
    expect(checkTarget(url, readExemptions([entry])).exempt).toBe(true)
  })

  it.each([
    ['127.0.0.1:8080', 'http://127.0.0.1:8081/'],
    ['127.0.0.1:8080', 'http://127.0.0.2:8080/'],
    ['127.0.0.1:8080', 'http://[::ffff:127.0.0.1]:8080/'],
    ['localhost:80', 'http://127.0.0.1/'],
    ['localhost:80', 'https://127.0.0.1/'],
    ['example.com:80', 'http://127.0.0.1/?example.com:80'],
  ])('%s does not excuse %s', (entry, url) => {
    expect(() => checkTarget(url, readExemptions([entry]))).toThrow(EgressRefusedError)
  })

  it('%s does not excuse a name under the named host', () => {
    expect(checkTarget('http://sub.example.com/', readExemptions(['example.com:80'])).exempt).toBe(false)
  })

  it.each([
    '',
    'localhost',
    ':80',
    'localhost:',
    'localhost:http',
    '*:80:',
    'http://localhost:80',
    'user@localhost:80',
    'a b:80',
    'localhost:65536',
    'localhost:80/x',
  ])('refuses the entry %j by name, at once', (entry) => {
    expect(() => readExemptions(['example.com:443', entry])).toThrow(RangeError)
  })
})
