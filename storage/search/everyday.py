"""Everyday English words: never mended to a word of the catalogue, and of little weight in a question."""

from functools import lru_cache

from storage.search.analyse import stem

_TEXT = """
able accept access achieve across act actual actually add address advance affect afford age ago agree ahead aim air
allow almost alone along already alternative although always among amount ancient announce annoying answer answers
anybody anyone anything anywhere apart appear apply approach area arise arrange arrive article ask asked asking aspect
attempt avoid away back bad balance base based basic basically basics battle beat become becomes bed begin beginning
behave behind believe belong beside besides beyond big bigger biggest bill bit black blue body boost boring both bother
bottom box boy break bring broad brother bring brings build building builds built burst bursty business busy buy call
called calls came capable card care careful carry case cases cat catch cause causes certain chance change changes
choice choose clean clear clearly clever client close closed coffee cold collect color come comes coming common company
compare compared complete completely complex complicated concern connect consider contain continue control convert cool
copy core correct could count country couple course cover crazy create creating cross current currently curious cut
daily danger dark data date day days deal dear decide deep deeply degree deliver demand depend describe design detail
details develop device died differ difference different differently difficult dig direct dirty disk divide dog dollar
door double doubt down draw dream drive drop dry due during dying each early earth ease easier easily easy eat edit
effect effective effort eight either else empty end ended energy engineer engineers english enjoy enough enter entire
equal error especially even evening event everybody everyone everything everywhere exact exactly example examples
except exist exists expect experience explain extra extreme eye face fact fail fails fair fall false familiar family
famous far farm fat father favor favorite fear feature feel few field fight figure fill final finally fine finish fire
first fish fit fits fix flat floor flow fly focus follow following food foot force forever forget form forward found
four free fresh friend friendly from front full fully fun function funny future gain game gap garden gather general
generally gets getting giant girl glad glass goal goes going gold gone got grand gray great green ground group grow
growing guess guy habit half hall hand handle handles hang happen happens happy hard harder hardly hate head health hear
heart heat heavy height held hello help helpful helps hence hidden hide hiding high higher highly hill history hit hold
hole home honest hope horse hospital hot hour hours house however huge human hundred hundreds hungry hurry hurt idea
ideal ideas identify idle ignore image imagine impact important impossible improve inch include including increase
indeed individual inside instead interest interested interesting internal introduce invent island issue issues item
itself job jobs join joke jump keep keeping keeps key kick kid kids kill kind kinds king kitchen knew knowing known
lack land language large larger largest last late later latest laugh law lay lead leader learn least leave left leg
length less lesson letter letting level library lie life lift light likely limit limited line list listen literally
little live lives living load local lonely long longer longest look looking looks loop lose losing loss lost loud love
lovely low lower luck lucky lunch machine machines mad main mainly major majority manage manner mark market master match
matter maybe mean means meant measure meet member mention merely mess message met middle million mind mine minor minute
minutes miss missing mistake mix mode modern moment money month months moon morning mostly mother mountain mouth move
moves moving multiple music myself name named names narrow nation natural nature near nearly necessary neck neither
never nevertheless new newest news next nice night nine nobody noise none noon normal normally north nose note nothing
notice noticeable number numbers object obvious obviously occur odd offer office oil okay old older ones onto open
opinion opposite option options order ordinary original others otherwise ought ourselves outside overall owner pack page
paid pain pair part particular parts party pass past pay peace people perfect perhaps period person pick picked picking
pickup picture pictures piece pieces place places plain plan plane plant plate play player please plenty plus point
police poor popular position possible post pot pound practical practice prefer prepare present press pretty prevent
previous price print private probably problem problems process produce progress project promise proper properly
protect proud prove provide public pull purple purpose push put puts putting quality quarter queen question questions
quick quickly quiet quite race radio rain raise ran random range rare rate rather raw reach ready real reality realize
reason reasons receive recent recently record red regular relate relatively remain remains remember remove repeat
repeated replace reply report require required rest result results return rich ride right ring rise risk river road
rock role roll room root round row rule rules run running runs rush sad safe safely said sail salt sand sat saw says
school science sea season seat second seconds secret section seem seems seen self sell send sending sense sent sentence
separate serious serve seven several shape share shared sharp ship shoe shop short shorter should shoulder shout shows
shut sick side sight sign silly similar simple simpler simplest simply since sing single sister sit site situation six
size skill skin sky sleep slight slightly slip slowly small smaller smart smell smile smooth snow soft solution
solutions solve somebody someone something sometimes somewhere son song soon sorry sort sound south space speak
special specific spend spends split spoke spread spring stage stand standard star start started starting starts state
stay step steps stick stone stop stops store story straight strange street strong stuck student students study stuff
stupid subject succeed success successful sudden suddenly sugar suggest suit summer sun suppose sure surface surprise
survive sweet swim switch table tables taken takes taking talk talks tall task tasks taste taught tea teach team tear
ten term terms terrible test thank thanks theirs themselves theory thick thin think thinking third though thought
thousand thousands three threw throw tight till time times tiny tired today together told tomorrow tone tonight took
top total totally touch tough town track trade traffic travel tree trick tricks tried trip trouble true truly trust
truth try trying tune turn twelve twenty twice two type types typical typically understand understanding unexpected
unfortunately unit unless unlike unreliable unusual upper upset usual usually value variety various vast view village
visit voice wait waiting waits walk wall wanted wanting wants war warm wash waste wasted wasting watch water wave weak
wear weather week weeks weight weird welcome west wet whatever wheel whenever wherever white whoever whole why wide wild
willing win wind window winter wise wish woman women won wonder wonderful wood word words worker working world worry
worse worst worth wouldn write writes writing written wrong wrote yard yeah year years yellow yes yesterday yet young
yours yourself zero bigger cheaper costly pricey newcomer newbie newbies beginner dumb naive sane neat tidy handy
"""


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    return frozenset(stem(word) for word in _TEXT.split())


def is_everyday(word: str) -> bool:
    """Whether a folded word is one of them in any form."""
    return stem(word) in _stems()
