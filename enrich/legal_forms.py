"""The legal forms of firms, as registers write them, after or before the name.

In each line a form as it is written in a key, then spellings, parted by commas; a form may have several lines. A
spelling is in small letters, without accents and punctuation; letters that dots or slashes part are written as one
word (`P.L.C.`, `A/S`). To add a form, add a line; a word that firms bear in their name (bank, group) is none.
"""

# ruff: noqa: RUF001 - Cyrillic letters may look like Latin ones
from typing import Final

from frontdesk.geodb.plain import plain

_TABLE: Final = """
plc:      plc, public limited company, public company limited, pcl
ltd:      ltd, limited, co ltd, co limited, company limited, limited company, coltd, ltd co, limited co
inc:      inc, incorporated, co inc, company inc
corp:     corp, corporation
llc:      llc, llc co, limited liability company, limited liability co, l l c, pllc, fz llc, fzco, fze, wll
llc:      dmcc
llp:      llp, lllp, limited liability partnership
lp:       lp, limited partnership
co:       co, company
pty:      pty ltd, pty limited, proprietary limited, pty, pvt ltd, pvt limited, private limited
pty:      private ltd, pte ltd, pte
pvt:      pvt, p ltd, smc private limited, opc private limited, private limited company
gmbh:     gmbh, mbh, ggmbh, gesellschaft mit beschrankter haftung, gesellschaft m b h, ges m b h, gesmbh
kg:       gmbh co kg, gmbh and co kg, gmbh u co kg, co kg, and co kg, kg, gmbh co kgaa, kgaa, ohg
kg:       gmbh co ohg
ag:       ag, aktiengesellschaft
ug:       ug, ug haftungsbeschrankt, haftungsbeschrankt, unternehmergesellschaft
ev:       ev, e v
eg:       eg, e g, egen, e gen
se:       se, societas europaea
sa:       sa, s a, societe anonyme, sociedad anonima, sociedade anonima, sau, sa unipersonale
sas:      sas, sasu, s a s, societe par actions simplifiee
sarl:     sarl, sarlu, eurl, societe a responsabilite limitee, suarl
snc:      snc, scs, sca
srl:      srl, s r l, srls, srlu, srl unipersonale, s de rl, sociedad de responsabilidad limitada, scarl
srl:      scrl
spa:      spa, s p a, spa unipersonale, societa per azioni, scpa
sl:       sl, slu, s l, sll, sociedad limitada, sl unipersonal
cv:       sa de cv, sab de cv, s de rl de cv, sapi de cv, sa cv
sac:      sac, saa, eirl, sacv, ca, c a, compania anonima, cia ltda, scc
ltda:     ltda, limitada, ltda me, ltda epp, me, epp, eireli, eireli me, eireli epp, lda, unipessoal lda
ltda:     sociedade unipessoal lda, s s ltda
bv:       bv, b v, besloten vennootschap, bvba, sprl, commv, vof
nv:       nv, n v, naamloze vennootschap
ab:       ab, aktiebolag, publ, ab publ
as:       as, a s, asa, aksjeselskap, aktieselskab, i s
aps:      aps, anpartsselskab
oy:       oy, oyj, oy ab, osakeyhtio, abp
ehf:      ehf, hf, ohf
ou:       ou, aktsiaselts, osauhing
sia:      sia, vsia, as sia, akciju sabiedriba, sabiedriba ar ierobezotu atbildibu
uab:      uab, akcine bendrove, uzdaroji akcine bendrove, vsi, mb
spzoo:    sp z o o, sp z oo, sp zoo, spzoo, sp zo o, spolka z o o
spzoo:    spolka z ograniczona odpowiedzialnoscia, sp k, sp j, sp zoo sp k
spa pl:   spolka akcyjna
sro:      sro, s r o, spol sro, spol s r o, spol s ro, spolecnost s rucenim omezenym
as cz:    akciova spolecnost, vos, z s, zs, zspo, z s p o
kft:      kft, korlatolt felelossegu tarsasag, zrt, nyrt, bt, zartkoruen mukodo reszvenytarsasag
doo:      doo, d o o, dooel, drustvo s ogranicenom odgovornoscu, drustvo sa ogranicenom odgovornoscu
dd:       dd, d d, ad, dionicko drustvo, delniska druzba, akcionarsko drustvo
eood:     eood, ood, ead, e ood, a d
ooo:      ooo, ооо, obshchestvo s ogranichennoy otvetstvennostyu, общество с ограниченной ответственностью
ooo:      тов, tov, too, тоо
oao:      oao, оао, pao, пао, zao, зао, ao, ао, jsc, ojsc, pjsc, cjsc, prjsc, joint stock company
oao:      open joint stock company, public joint stock company, closed joint stock company
oao:      private joint stock company, pat, прат, пат, публичное акционерное общество, акционерное общество
llc ge:   llc ltd
as tr:    anonim sirketi, as tr, ltd sti, limited sirketi, limited sti, sanayi ve ticaret limited sirketi
as tr:    sanayi ve ticaret anonim sirketi
sdn:      sdn bhd, berhad, bhd
pt:       pt, tbk, persero, perseroan terbatas, pt tbk
kk:       kk, k k, kabushiki kaisha, godo kaisha, yugen kaisha
"""

_AFTER_ONLY: Final = frozenset({"co", "se", "me", "ca", "sa", "bt", "mb", "ad", "ev", "eg", "hf", "kk", "zs"})


def _read(table: str) -> dict[tuple[str, ...], str]:
    forms = {}
    for line in table.strip().splitlines():
        form, _, spellings = line.partition(":")
        for spelling in spellings.split(","):
            forms[tuple(plain(spelling).split())] = form.strip()
    return forms


AFTER: Final = _read(_TABLE)
"""The form by the words of each spelling, where it stands after the name."""

BEFORE: Final = {words: form for words, form in AFTER.items() if words[0] not in _AFTER_ONLY}
"""The same, of those that may stand before the name: a few are a word of the name there."""

LONGEST: Final = max(map(len, AFTER))
"""The words of the longest spelling."""
