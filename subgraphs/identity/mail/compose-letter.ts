import type { IdentityCtx } from '../identity.context.ts'
import { answerPasswordReset } from '../password/answer-password-reset.ts'
import type { Letter, MailOrder } from './mail-order.ts'

/** Writes what was ordered; undefined when there turns out to be nobody to write to. */
export async function composeLetter(ctx: IdentityCtx, order: MailOrder): Promise<Letter | undefined> {
  switch (order.kind) {
    case 'invitation':
      return invitation(ctx, order)
    case 'password-reset':
      return passwordReset(ctx, order)
    case 'password-reset-asked': {
      const answer = await answerPasswordReset(ctx, order)
      return answer && passwordReset(ctx, answer)
    }
    case 'password-changed':
      return passwordChanged(order.to)
    case 'factors-changed':
      return factorsChanged(order)
  }
}

type Ordered<Kind extends MailOrder['kind']> = Omit<Extract<MailOrder, { kind: Kind }>, 'kind'>

const invitation = (ctx: IdentityCtx, { to, organization, token, days }: Ordered<'invitation'>): Letter => ({
  to,
  subject: 'You are invited to ForgeOps',
  text: paragraphs(
    `You are invited to join ${named(organization)} on ForgeOps.`,
    wayIn(ctx, 'accept-invitation', token, 'To accept'),
    `It works once, within ${days} days. If you did not expect this, do nothing.`,
  ),
})

const passwordReset = (ctx: IdentityCtx, { to, token, minutes }: Ordered<'password-reset'>): Letter => ({
  to,
  subject: 'A new password for ForgeOps',
  text: paragraphs(
    'Somebody, probably you, asked to choose a new password for your account.',
    wayIn(ctx, 'reset-password', token, 'To choose one'),
    `It works once, within ${minutes} minutes. If it was not you, do nothing: your password stays as it is.`,
  ),
})

const passwordChanged = (to: string): Letter => ({
  to,
  subject: 'Your password for ForgeOps was changed',
  text: paragraphs(
    'The password of your account was changed, and all other sessions were ended.',
    'If it was not you, ask for a new password at once and tell your administrator.',
  ),
})

const factorWords = {
  added: 'A second factor was added to your account.',
  removed: 'A second factor was removed from your account.',
  reset: 'All second factors were removed from your account, and all sessions were ended.',
}

const factorsChanged = ({ to, change }: Ordered<'factors-changed'>): Letter => ({
  to,
  subject: 'The sign-in to your ForgeOps account was changed',
  text: paragraphs(factorWords[change], 'If you do not expect this, tell your administrator at once.'),
})

const paragraphs = (...texts: readonly string[]) => `${texts.join('\n\n')}\n`

/** After a #, so that the token is in no request for the page, and in no log of one. */
function wayIn({ parts: { accountUrl } }: IdentityCtx, purpose: string, token: string, words: string): string {
  if (accountUrl === null) return `${words}, give this to the application:\n\n${token}`
  const url = new URL(accountUrl)
  url.hash = `${purpose}=${token}`
  return `${words}, open:\n\n${url.href}`
}

/** A name is chosen by whoever has the organization: nothing in it must look like a link, or begin a new line. */
const named = (name: string) => `“${name.replaceAll(/[^\p{L}\p{M}\p{N} '’&()-]/gu, ' ').trim()}”`
