"""Telling people from organisations by the name of a network's holder.

Nothing here knows any person: the given names are of the kind that a calendar lists, in Latin and Cyrillic letters.
A name that is taken for a person's is not shown, and less is kept of its network, so doubt falls on that side;
names with a legal form, or with a word that no person bears, are never taken for one.
"""

# ruff: noqa: RUF001 - Cyrillic letters may look like Latin ones
import re
from functools import lru_cache
from typing import Final

from frontdesk.enrich.name import has_legal_form, without_number
from frontdesk.geodb.plain import plain

_CACHED: Final = 4096
_LONGEST_NAME: Final = 200
_MOST_WORDS: Final = 5
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019.-][^\W\d_]+)*\.?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What registers write where a person trades: alone it is proof.
_TRADES: Final = re.compile(
    r"(?<!\w)(?:t\s?/\s?a|trading as|d\s?/\s?b\s?/\s?a|doing business as|sole (?:trader|proprietor\w*)"
    r"|einzelunternehm\w*|e\.\s?k\.|e\.\s?kfm\.|e\.\s?kfr\.|e\.\s?u\.|inh\.|inhaber\w*|eenmanszaak|enskild firma"
    r"|enkeltmandsvirksomhed|enkeltpersonforetak|individual (?:entrepreneur|proprietor\w*|enterprise)"
    r"|individualny\w* predprinimatel\w*|private entrepreneur|physical person\w*|empresario individual"
    r"|empresaria individual|autonomo|microempreendedor\w*|ditta individuale|auto-?entrepreneur|entrepreneur individuel"
    r"|entreprise individuelle|fyzicka osoba|osoba fizyczna|jednoosobowa|persoana fizica|sahis firmasi"
    r"|индивидуальный предприниматель|фізична особа|физическое лицо)(?!\w)",
)
# Before a name of two words or more: entrepreneurs of one person in Russian, Ukrainian, Romanian, Bulgarian, Serbian.
_BEFORE: Final = _words(
    """
    ip pe fop spd flp chp pp ип фоп чп пп pfa et pr
    """
)
_TITLES: Final = _words(
    """
    mr mrs ms miss herr frau sr sra srta senhor senhora mme mlle monsieur madame pan pani
    """
)
_BEFORE_NAMES: Final = _BEFORE | _TITLES
_PATRONYMIC: Final = re.compile(
    r".{2,}(?:ovich|evich|ovych|evych|yovych|ovna|evna|ivna|yivna|ович|евич|ович|йович|овна|евна|івна|ївна|ogly|oglu|qizi|kyzy)"
)
_ORGANISATION: Final = re.compile(
    r"(?:univers|hospital|krankenhaus|klinik|products?$|division|pueblo|santa$|saint$|of$|college|school|bank|insur|foundation|church|centre|center|institut|societ|associat|compan|group"
    r"|services?$|systems?$|network|telecom|communicat|internet|online|media$|digital|tech|software|solution|consult|partners"
    r"|industr|energy|trading$|stores?$|museum|library|club$|team$|data$|cloud|host|link$|net$|labs?$|studio|holding|capital"
    r"|city$|county$|trust$|fund$|hotel|airport|airline|works$|brothers$|sons$|and$)"
)
_GIVEN: Final = _words(
    """
    aaron abdul abdullah adam adrian ahmad ahmed aidan alan albert alberto alejandro aleksandar aleksander aleksandr
    aleksei aleksey alessandro alex alexander alexandre alexandru alexey alexis alfred ali alice alina alvaro amir
    ana anastasia anatoly anders andras andre andrea andreas andrei andrej andres andrew andrey andrii andriy
    andrzej angela angelo anna anne anthony antoine anton antonio ari arjun arkadiy arnaud arne arthur arturo artem
    artur ashley attila august balazs barbara bartosz bart bas bastian ben benjamin benoit bernard bernd bernhard
    bjorn bogdan boris brian bram bruno camille carl carla carlos carmen carolina caroline catherine cedric cesar
    charlotte chris christian christina christine christoph christophe christopher claire claude claudia claudio
    clement constantin cristian cristina damian damien daniel daniela daniele dariusz dave david davide dawid denis
    dennis derek didier diego dieter dimitri dirk dmitri dmitrii dmitriy dmitry dmytro dominic dominik donald
    douglas duncan edgar edouard eduard eduardo edward elena elias elizabeth emanuel emil emily emma emmanuel enrico
    enrique eric erik erwin esteban ethan eugen eugene evan evgenii evgeniy evgeny fabian fabien fabio fabrice
    fabrizio felipe felix fernando filip filippo florent florian francesca francesco francis francisco franck frank
    francois franz fred frederic frederik fredrik friedrich gabriel gabriele gareth gary gavin geoffrey georg georgi
    georgios gerald gerard gerhard giacomo gianluca gilles giorgio giovanni giuseppe gordon graham greg gregor
    gregory grigoriy grzegorz guido guillaume guillermo gunter gunther gustavo guy hannah hannes hans harald hassan
    hector heiko heinrich heinz helen helmut hendrik henri henrik henry herbert herve holger horst hubert hugo
    hussein ian ibrahim ignacio igor ihor ilya ingo ioannis irina isaac isabel isabella ivan ivo jacek jack jacob
    jacques jakob jakub james jan jana janusz jaroslav jaroslaw jason javier jean jeff jeffrey jennifer jens jeremy
    jerome jeroen jerzy jesse jessica jesus jim joachim joao joaquin joel joerg joey johan johann johannes john
    jonas jonathan jordan jorge jose josef joseph joshua juan juergen julia julian julien julio jurgen justin kai
    karel karen karl karol katarina katarzyna kate katherine kathrin keith ken kenneth kevin kirill klaus konrad
    konstantin krzysztof kurt kyle lars laura laurent leandro leif lena leo leon leonardo leonid leszek liam linda
    lisa loic lorenzo louise luca lucas lucia lucian lucien luis luisa luiz lukas lukasz lutz maciej magnus maksim
    manfred manuel marc marcel marcello marcin marcio marco marcos marcus marek margaret maria marian marie marina
    mario marius mark marko markus marta martijn martin martina mateusz mathias mathieu matt matteo matthew matthias
    matthieu maurice mauricio maurizio max maxim maxime maximilian mehmet michael michal michel michele michelle
    miguel mihai mikael mike mikhail mikko milan mirko mohamed mohammad mohammed monika muhammad mustafa mykola
    nadia nathan natalia nicholas nick nico nicola nicolas niels nikita nikola nikolai nikolaos nikolay niklas nils
    noah norbert oksana olaf ole oleg oleh oleksandr oleksii olga oliver olivier omar oscar oskar osman otto pablo
    paolo pascal patricia patrick patrik paul paula paulo pavel pavlo pawel pedro per peter petr petra petri philip
    philipp philippe phillip pierre pieter piotr predrag przemyslaw radoslaw rafael rafal raimund ralf ralph ramon
    raul raymond remi rene riccardo richard rick rob robert roberto robin rodrigo roger roland rolf roman ronald
    rosa ross rudolf rui ruslan ryan sabine salvatore sam samuel sander sandra sara sarah sascha scott sean
    sebastian sebastien serge sergei sergej sergey sergio sergii sergiy shane simon simone sofia sonja sophie
    stanislav stefan stefano steffen stephan stephane stephanie stephen steve steven stian stuart susan susanne
    svein sven sylvain taras tatiana ted teresa theo theodor thierry thomas thorsten tim timo timothy tobias todd
    tom tomas tomasz tommaso tommy tony torsten tristan tyler udo ulrich ulf uwe vadim valentin valentina valeriy
    vasile vasily vasyl veronica victor viktor vincent vincenzo vitalii vitaliy vitaly vittorio vlad vladimir
    vladislav volker volodymyr vyacheslav walter wayne werner wilhelm willem william wojciech wolfgang xavier yann
    yannick yaroslav yuri yuriy yury yusuf yves zbigniew zdenek zoltan александр алексей андрей антон артем владимир
    дмитрий евгений иван игорь кирилл максим михаил николай олег павел роман сергей юрий олександр сергій дмитро
    володимир микола
    """
)


@lru_cache(_CACHED)
def is_person(name: str, *, sure: bool = False) -> bool:
    """Whether a holder's name is a person's. `sure` asks for proof: a shape like "Firstname Lastname" is none."""
    name = without_number(name[:_LONGEST_NAME])
    folded = plain(name)
    if _TRADES.search(folded):
        return not has_legal_form(_TRADES.split(folded)[0])
    words = [plain(word.rstrip(".")) for word in _WORD.findall(name.partition("(")[0])]
    if not 1 < len(words) <= _MOST_WORDS or not _may_be_a_person(words, name, sure):
        return False
    return not has_legal_form(name)  # asked last, for it costs the most


def _may_be_a_person(words: list[str], name: str, sure: bool) -> bool:
    """Whether some words of a name are a person's."""
    if any(map(_PATRONYMIC.fullmatch, words)):
        return True
    if any(map(_ORGANISATION.search, words)):
        return False
    if words[0] in _BEFORE_NAMES and len(words) > 2:  # noqa: PLR2004
        return True
    given = words[0].partition("-")[0] in _GIVEN or words[-1] in _GIVEN
    return given and not sure and not any(map(str.isdigit, name))
