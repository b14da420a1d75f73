//! Words that are never a mistyped name: everyday English, a little German and French, and the
//! vocabulary of operations. Short on purpose; only words near to typical names matter.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Whether `word` (folded) is an ordinary word.
pub(super) fn is_common(word: &str) -> bool {
    COMMON.contains(word) || word.strip_suffix('s').is_some_and(|single| COMMON.contains(single))
}

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

const WORDS: &str = "
a able about above accept access according account across act action active actually add added admin after again
against age ago agree ahead alarm alert alive all allow almost alone along already also alright always am among amount
an analyse analysis analyze and angry another answer any anybody anymore anyone anything anyway api app appear
application apply approve are area around as ask asked asking at attention available average avoid away awesome awful
back backend background bad badly balance ball bank base basic be because become been before began begin behind being
believe below best better between big bill bit black blank block blue body book boss both bother bottom bounce box
boy brain brand bread break bring broke broken brother browser budget buffer bug build building built burn bus business
busy but button buy by cache calendar call called calling calm came can cancel cannot cant capacity car card care case
cat catch caught cause cell center central certain chain chance change changed changes channel charge chart chat cheap
check checked checking checks cheers child choose city claim class clean clear clearly click client clients clock close
closed closing cloud cluster code coffee cold color come comes coming command common company compare compared complain
complaint complete completely compute computer concern config configuration confirm connect connected connection
console contact container content continue control cool copy core correct cost could count couple course cover cpu
crash crashed crashing crawl crazy create created critical cron cross current currently customer customers cut daily
damn dashboard data database databases date day days db dead deal dear death decide deep default degraded delay delete
deliver delivery deploy deployed deployment deployments describe design desk detail details dev develop developer
devops did didnt die died different difference digest dinner direct disable disk display do doc document does doesnt
dog doing done dont door double down downtime drag draw dream drive drop dropped dropping due dump during each earlier
early ease easy eat effect either else email empty enable end endpoint engine english enough enter entire environment
error errors escalate especially estimate etc evening event ever every everybody everyone everything everywhere exact
exactly example except exception exceptions exceed excuse exist expect expected expensive experience explain export
extra eye eyes face fact fail failed failing fails failure failures fair fall false family far fast faster father
favorite feature feed feedback feel feeling feels few field fight figure file fill final finally find fine finish fire
firing first fit five fix fixed flow fly focus follow food foot for force forecast forever forget form forward found
four free freeze friday friend from front frontend full fun function further future gave general get gets getting girl
give given glad go goes going gone good got gotten graph great green grew ground group grow growing grows guess guy
guys had half hand handle hang hanging hangs happen happened happening happens happy hard has hate have having he head
health healthy hear heard heart heavy hell hello help helpful her here hero hey hi high higher him his history hit hits
hold hole home hope host hot hour hours house how however huge human hundred hurry hurt i idea idle if ignore image
imagine impact important improve in incident include increase increased index indexes info information inside install
instance instances instead instruction instructions interest into investigate is issue issues it its itself job join
joke jump just keep keeps kept key kick kill killed killing kind knew know known lag laggy large last late latency
lately later latest laugh launch law lead leak leaking learn least leave left leg less let lets letter level library
lie life light like likely limit limits line list listen little live lives load loaded loading loads local lock log
login logs long longer look looked looking looks lose lost lot lots loud love low lower luck lunch machine machines
made mail main major make makes making man manage manager many mark market matter may maybe me mean means meant measure
meet meeting member memory mention mess message messages met method metric metrics middle might mind mine minute
minutes miss missing mistake mobile mode moment monday money monitor monitoring month months more morning most mother
move much music must mute my name names near nearly need needed needs network never new news next nice night no nobody
node noise noisy none noon normal normally not note nothing notice notify now number numbers object odd of off offer
office often oh ok okay old on once one ones online only open opened operation option or orange other others our out
outage outages over overall overview own owner page pages paging pain panic paper parent part party pass passed past
path pay paying payment people per percent perfect perform performance perhaps period person phone pick picture piece
pizza place plan plans play please plot plus point poor pop port possible post power prefer present press pretty
prevent previous price probably problem problems proceed process processes product production profile program project
properly provide public pull purple push put quality quarter query queries question queue quick quickly quiet quite
race rain raise ran random rate rates rather reach read ready real really reason reboot recent recently record recover
recovered red reduce refer region regions regular reject release released remain remember remind remove repeat replica
replicas reply report reports request requests reset resolve resolved resource resources respond response responses
rest restart restarted restarting restarts result retry return returned returning returns revert review right ring rise
rising risk road rocket role roll rolled rolling room root round route row rule rules run running runs sad safe said
same sat save saw say says scale scan schedule school score screen script search second seconds secret section secure
see seem seems seen select send sending sense sent serious serve server servers service services session set setting
settings seven several shall shape share she shift ship shipped shop short should show showing shows shut side sign
silence similar simple simply since single sister sit site six size skip sleep slow slower slowly slowness small smart
snooze so social soft software solve solved some somebody someone something sometimes somewhere song soon sorry sort
sound source space speak special speed spend spike spikes spiking spot stable stack staff stage stand standard start
started starting starts state stats status stay step still stop stopped storage store storm story strange street stress
strong stuck study stuff style subject success such suck sucks sudden suddenly suggest summary sun super support
suppose sure surprise suspect switch system systems table take taken takes taking talk target task tea team tell ten
tend term terrible test tested testing tests text than thank thanks that thats the their them then there these they
thing things think third this those though thought thousand thread three threshold thresholds through throughput
throw throwing throws ticket tickets tie till time timed timeout timeouts times timing tired to today together told
tomorrow tonight too took tool top total touch toward town track traffic train travel treat tree trend trends tried
trigger trouble true trust try trying turn tv two type ugly ui under understand unhealthy unit until unusual up update
updated upgrade upon uptime urgent us usage use used useful user users using usual usually value values version very
via video view views visit voice volume wait waiting wake walk wall want wants warn warning was waste watch watching
water way we weather web website week weekend weekly weeks weird well went were what whatever whats when whenever
where whether which while white who whole whose why wide wife will win window winner wish with within without woman
wonder word words work worked worker working works world worry worse worst worth would wow write writing wrong wrote
yeah year years yellow yes yesterday yet you young your yours yourself zero
aber alle allen alles als also am an auf aus bei beim bin bis bitte da dann das dass dem den der des die dies diese
dieser doch du ein eine einem einen einer er es etwas fehler fur ganz geht gerade gestern gibt haben habt hallo hast
hat heute hier hilfe ich ihr im immer in ist ja jetzt kann kannst kein keine konnen lange langsam laufen lauft letzte
los machen mal man mehr meine mir mit morgen muss nach nicht noch nur ob oder offen ohne schon sehr seit sich sie sind
so soll status uber um und uns unsere viel viele vom von vor wann war warum was wenn wer werden wie wieder wieso wir
wird wo wurde zeig zeige zu zum zur
au aujourd avec avez beaucoup bien bonjour ce cela ces cest cette comment dans de depuis des du elle en encore erreur
erreurs est et etat ete hier il ils jai je la le lent lente les leur lui ma mais mal merci mes moi mon montre ne nos
notre nous on ont ou oui par pas peux plus pour pourquoi quand que quel quelle quels qui quoi rapport sa salut sans ses
si sont sur svp ta te tes toi ton tous tout tres trop tu un une va vous
alerts alerting anomaly artifact async autoscaling aws azure backup bandwidth batch binary bytes canary ci certificate
checkpoint chunk commit commits compile concurrency connections containers cookie crashes cronjob crud customer daemon
deadlock debug dependency dependencies deploys dns docker downstream duration enabled endpoints entries env exceeds
exporter failover fatal fetch filesystem firewall flag flags flaky garbage gateway gc github gitlab  hardware
heap hikari hook hosts html http https hung iops iam ingress inode inventory java javascript json jvm kernel kubernetes
lambda latencies ldap limiter linux livelock logging loop mail memory merge microservice migration minio module 
mount  namespace network  nodes npm null oom operator orders p50 p90 p95 p99 package packet parameter pipeline
plugin pod pods pool   proxy python  ram readiness reboot  refused register replication
repo repository retries retrying rollback rollbacks rollout rps runbook runtime rust saturation schema script sdk
segfault shard sidecar sla slack slo slowest smtp socket sockets sql ssl stacktrace statement statements stream stuck
swap syntax tables throttle throttled throttling tls token tokens tps transaction transactions upstream url utilization
vacuum vm warmup webhook websocket worker workers write yaml zone checkbook research searching searched catch paid pays
payday webs ledge auto author auction orderly cargo carts cat logs catalyst
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyday_words_are_common_and_names_are_not() {
        assert!(is_common("checks") && is_common("payment") && is_common("langsam"));
        assert!(!is_common("checkout") && !is_common("catalog"));
    }
}
