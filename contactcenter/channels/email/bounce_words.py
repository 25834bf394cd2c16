"""The words servers use for each reason: one pattern a line, the specific reasons first.

Written from what mail systems say. Patterns are matched without case against one line of text
from which addresses and links were taken out (``bounce_rules``). A reason may come twice.
"""

from __future__ import annotations

from collections.abc import Iterator

_WORDS = r"""
[virusdetected]
virus
malware
trojan
infected
mcspamsignature
[requireptr]
\bptr\b
reverse dns
\brdns\b
valid sender domain\. fix
ip name lookup
(?:find|resolve|lookup) your (?:reverse )?host
reverse lookup
no reverse
[authfailure]
\bspf\b
\bdkim\b(?!-signature)
\bdmarc\b
unauthenticated (?:e-?mail|sender)
sender is unauthenticated
[notcompliantrfc]
rfc ?(?:5322|2822|822)[^\n]{0,20}compliant
not rfc
multiple\s+(?:[45]\d\d[ -][\d.]+\s+)?addresses in from
[badreputation]
reputation
[mailererror]
procmail
maildrop:
command (?:died|failed)
pipe to \|
x-unix; 7[0-9]\b
prog(?:ram)? mailer
local delivery agent
exited with
[mailboxfull]
(?:mail ?box|inbox|account)[^.\n]{0,30}\bfull\b
over ?quota
quota exceeded
exceeded?[^.\n]{0,40}quota
quotaexceeded
mailfolder is full
mailbox exceeds
out of (?:storage|space) for
storage (?:limit|quota)
user is over the quota
exceeding its allotted
insufficient space
space to (?:store|deliver)
too many mails
[systemfull]
insufficient system (?:storage|resources)
disk (?:is )?full
no space left
[exceedlimit]
exceeds limit set by
size limit of (?:the )?recipient
[mesgtoobig]
(?:message|mail|size)[^.\n]{0,30}(?:too (?:big|large)|exceeds|larger than)
exceed(?:s|ed)? (?:the )?(?:maximum|max) (?:message )?size
[norelaying]
relay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not permitted)
(?:not|unable|allowed|permitted|configured) to relay
open relay
no relay
[spamdetected]
\bspam(?:my)?\b(?! ?(?:block|list|cop|haus|gourmet))
\bube\b
\buce\b
unsolicited
\bjunk\b
bulk mail
message content rejected
looks like (?:spam|bulk)
mail rejete
[toomanyconn]
too many (?:concurrent |simultaneous )?(?:connections?|sessions?|recipients)
connection (?:rate|frequency) limit
concurrent connections?
aup#(?:in|i)-(?:13[0-9]0|1[0-9]{2})\b
[speeding]
rate limit
too (?:fast|many (?:messages|mails|e-?mails))
throttl
try again slower
sending too
[blocked]
black ?list
block ?list
blocklist
dnsbl
\brbl\b
spamcop
spamhaus
sorbs
barracuda
banned (?:sending )?ip
blocked (?:using|by|ip)
blocked - see
ip [^\n]{0,40}blocked
client host rejected: blocked
not accepting connections
your (?:ip|host|server|network)[^\n]{0,60}(?:blocked|refused|denied|rejected|banned)
connections? (?:from|by) [^\n]{0,50}(?:blocked|refused|denied|not accepted)
refused to talk to me: [45]
e-?mail is redundant
ip address (?:is )?(?:refused|reject)
from your (?:ip|host)
smtp server of your isp
initial connection[^\n]{0,10} 5\d\d
helo[^\n]{0,30}(?:reject|invalid|denied)
[notaccept]
null ?mx
nullmx
(?:does not|doesn't|not) (?:accept|receive) (?:any )?(?:e-?)?mail
no mail (?:accepted|service)
\b521 (?!5\.7)
host/domain does not accept
no (?:mx|mail exchanger)
couldn't find a mail exchanger
mx [^\n]{0,40}(?:points to|invalid)
name service error[^\n]{0,80}type=mx: malformed
isn't able to receive
no hosts? (?:are )?able to
[hasmoved]
no longer (?:on|at|with|employed|works|valid|in use)
has (?:moved|left|changed)
moved to
new e-?mail address
\b551\b
recipient no longer
address (?:has )?changed
[rejected]
sender (?:address |domain )?(?:is )?(?:rejected|refused|denied|not)
not (?:a )?member
domain of sender
mail from[^\n]{0,60}(?:rejected|refused|denied|not allowed)
purported responsible
you are not (?:allowed|authori[sz]ed) to send
may not have permission to post
not allowed to post
invalid sender
unresolvable
user complaints
return ?path
not accept(?:ed|ing)? (?:from|mail from)
sender verify failed
unrout(?:e)?able (?:mail )?domain [^\n]{0,60}sender
[networkerror]
host not found, try again
[hostunknown]
host (?:[^\s]{1,100} )?(?:is )?(?:unknown|not found)
unknown host
no such (?:domain|host)
nxdomain
domain (?:name )?(?:does not exist|doesn't exist|not found|is not reachable|invalid)
unrout(?:e)?able (?:mail )?(?:domain|address)
couldn't find any host
name or service not known
invalid domain
illegal host
lookup [^\n]{0,30}failed
no (?:valid )?(?:route|dns|servers?)(?: (?:found|record))? for
domain [^\n]{0,60} (?:does not exist|couldn't be found)
unable to (?:look ?up|resolve)
[filtered]
recipient preferences
refused by recipient
blocked by (?:the )?recipient
recipient(?:'s)? (?:filter|settings)
550 ?: ?user unknown
because of protection
not accept (?:messages|mail) from (?:you|this)
[suspend]
(?:account|mailbox|user|recipient|address)[^.\n]{0,60}(?:disabled|suspend|discontinu)
(?:account|mailbox|user|recipient|address)[^.\n]{0,60}(?:deactivat|is (?:b)?locked|inactiv)
(?:account|mailbox|user|recipient|address)[^.\n]{0,60}(?:blocked|frozen|terminated)
(?:disabled|suspended|deactivated) (?:account|mailbox|user)
est bloque
[userunknown]
user[^\n]{0,40} (?:is )?(?:unknown|not found|unavailable|doesn't exist)
(?:unknown|invalid|illegal|no such|bad|wrong)[^\n]{0,25}(?:user|recipient|mailbox|address)
(?:unknown|invalid|illegal|no such|bad|wrong)[^\n]{0,25}(?:alias|account|local.?part)
(?:unknown|invalid|illegal|no such|bad|wrong)[^\n]{0,25}(?:destination|person)
(?:recipient|mailbox|address|account|receiver|person)[^\n]{0,60}(?:unknown|not found|not exist)
(?:recipient|mailbox|address|account|receiver|person)[^\n]{0,60}(?:n[o'’]t exist|unavailable)
(?:recipient|mailbox|address|account|receiver|person)[^\n]{0,60}(?:invalid|rejected|not valid)
(?:recipient|mailbox|address|account|receiver|person)[^\n]{0,60}(?:no mailbox|not listed)
(?:recipient|mailbox|address|account|receiver|person)[^\n]{0,60}is not a
(?:doesn't|does not) have an? [^\n]{0,60}account
not listed in
no mailbox here
destinataire invalide
5\.4\.1 [^\n]{0,80}access denied
address rejected
not our (?:user|customer)
inactive email address
\b542 [^\n]+rejected
recipnotfound
not a known user
no (?:user|account|recipient)s?\b[^\n]{0,30}
does not exist
couldn't be found
could not be found
[policyviolation]
polic(?:y|ies)
not allowed
prohibited
header error
potential(?:ly)? (?:security|dangerous)
content presents a potential
message refused
dm email
client host rejected
[contenterror]
duplicate header
headers? too (?:large|long|many)
content rejected
malformed
mime (?:error|header)
improper(?:ly)? formatted
8-?bit
[networkerror]
hop count
too many hops
routing loop
mail loop
loops? back
lost connection
connection (?:was )?(?:lost|dropped|reset)
dns (?:query|error|server)
network (?:is )?(?:unreachable|error)
no route to host
host[^\n]{0,20}unreachable
name server
message (?:is )?looping
delivery loop
able to establish an smtp connection
cname lookup failed
[expired]
expired
timed? ?out
connection refused
after multiple retries
\d+ attempts
for the last \d+ seconds
retry (?:time|timeout)
cannot send message (?:for|within)
(?:not been|could not be|couldn't be|was not) delivered (?:for|after|within|yet|in)
delivery (?:time|temporarily suspended)
been in (?:the )?queue
too long
max(?:imum)? (?:number of )?retr
delayed
did not accept our requests to connect
will (?:be retried|keep trying|continue)
not responding
gave up
deferred
giv(?:en|ing) up after
queue lifetime
[securityerror]
authentication (?:is )?required
smtp auth
authrequired
encryption
starttls
must issue
[rejected]
access denied
permission denied
[syntaxerror]
improper sequence
bad sequence
syntax error
command (?:not|un)[^\n]{0,20}(?:recogni[sz]ed|implemented)
protocol error
[systemerror]
local (?:configuration )?(?:error|problem)
internal (?:server )?error
system (?:error|problem|config)
service (?:is )?(?:currently |temporarily )?(?:un|not )available
i/o error
could not load
resources temporarily
can't (?:open|create|chdir)
mail system problem
temporary (?:failure|error)
server error
unable to (?:open|connect to database)
"""


def words() -> Iterator[tuple[str, str]]:
    """Pairs of (reason, one pattern of all its words) in the order of their precedence."""
    for section in _WORDS.strip().split("\n["):
        name, *patterns = section.lstrip("[").splitlines()
        yield name.rstrip("]"), "|".join(patterns)
