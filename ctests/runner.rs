// SPDX-License-Identifier: MIT
//! Builds the C test programs of this folder with gcc, against `include/` and this build's
//! `libzx.so` only, and runs each as a process of its own.
//!
//! A line per test, `PASS`, `FAIL` or `SKIP`, in the order of the programs and their tests; the last
//! line counts them. An argument picks the programs whose name contains it or, if there are none,
//! the tests whose name contains it; `cargo test --test ctests -- port_wait`.
//! `ZX_REQUIRE_KVM=1` makes a failure of every skip whose reason names KVM.
//!
//! `--build-only FOLDER [PROGRAM...]` builds programs, all by default, into a folder together with the
//! library and this runner; `--run-only FOLDER [PROGRAM...]` runs what is there, one after the other,
//! on whatever machine that folder was taken to, and tells on the way, on stderr, what programs are
//! at; it counts nothing. See ci/stock-kvm.sh.
//!
//! `cargo test` refreshes only `deps/libzx.so` in the target folder and leaves an older copy one
//! level up: the programs get a folder of their own with links to the fresh file.

use std::error::Error;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, io, thread};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];
const TIME_LIMIT: Duration = Duration::from_secs(120);
const EXIT_SKIPPED: i32 = 77;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("FAIL ctests: {error}");
            println!("0 passed, 1 failed, 0 skipped");
            ExitCode::FAILURE
        }
    }
}

/// Whether everything passed.
fn run() -> Result<bool> {
    let words: Vec<_> = env::args().skip(1).collect();
    let mut workers = thread::available_parallelism().map_or(1, usize::from);
    let (lab, jobs) = match words.as_slice() {
        [mode, folder, names @ ..] if mode == "--build-only" => {
            let lab = Lab::new(Some(Path::new(folder)))?;
            fs::copy(env::current_exe()?, Path::new(folder).join("runner"))?;
            let jobs = lab.build_jobs(names)?;
            (lab, jobs)
        }
        [mode, folder, names @ ..] if mode == "--run-only" => {
            let mut lab = Lab::at(Path::new(folder));
            lab.tells_progress = true;
            workers = 1;
            let mut programs = below(&lab.programs)?;
            programs.retain(|path| names.is_empty() || names.contains(&stem(path)));
            (lab, programs.into_iter().map(Job::Built).collect())
        }
        _ => {
            let filter = words.iter().find(|word| !word.starts_with('-'));
            let filter = filter.map_or("", String::as_str);
            let lab = Lab::new(None)?;
            let mut jobs = lab.header_jobs(filter)?;
            jobs.extend(lab.program_jobs(filter)?);
            (lab, jobs)
        }
    };

    let next = AtomicUsize::new(0);
    let results = Mutex::new(jobs.iter().map(|_| None).collect::<Vec<_>>());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((index, job)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(index).map(|job| (index, job))
                } {
                    let mut report = lab.perform(job);
                    if lab.tells_progress {
                        print!("{}", report.1.text);
                        report.0 = true;
                        eprintln!("end {}", name(job));
                    }
                    let mut results = results.lock().unwrap_or_else(|e| e.into_inner());
                    if let Some(slot) = results.get_mut(index) {
                        *slot = Some(report);
                    }
                    print_leading(&mut results);
                }
            });
        }
    });

    let (mut passed, mut failed, mut skipped) = (0_u32, 0_u32, 0_u32);
    for (_, report) in results
        .into_inner()
        .unwrap_or_else(|e| e.into_inner())
        .into_iter()
        .flatten()
    {
        for outcome in report.outcomes {
            match outcome {
                Outcome::Pass => passed += 1,
                Outcome::Fail => failed += 1,
                Outcome::Skip => skipped += 1,
            }
        }
    }
    // On another machine whoever took it there counts: more may have run than this.
    if !lab.tells_progress {
        println!("{passed} passed, {failed} failed, {skipped} skipped");
    }
    Ok(failed == 0)
}

/// Prints every report up to the first that is missing and that has not been printed.
fn print_leading(results: &mut [Option<(bool, Report)>]) {
    for slot in results {
        match slot {
            Some((true, _)) => {}
            Some((printed, report)) => {
                print!("{}", report.text);
                *printed = true;
            }
            None => return,
        }
    }
}

#[derive(Clone, Copy)]
enum Outcome {
    Pass,
    Fail,
    Skip,
}

/// What one job has to say.
#[derive(Default)]
struct Report {
    text: String,
    outcomes: Vec<Outcome>,
}

impl Report {
    fn add(&mut self, outcome: Outcome, test: &str, why: &str) {
        let word = match outcome {
            Outcome::Pass => "PASS",
            Outcome::Fail => "FAIL",
            Outcome::Skip => "SKIP",
        };
        let colon = if why.is_empty() { "" } else { ": " };
        self.text += &format!("{word} {test}{colon}{why}\n");
        self.outcomes.push(outcome);
    }

    /// Lines below a failure.
    fn detail(&mut self, text: &str) {
        for line in text.lines() {
            self.text += &format!("       {line}\n");
        }
    }
}

enum Job {
    /// A header that must compile on its own.
    Header(String),
    /// The C++ file that includes every header, and the headers that it must name.
    Cxx(PathBuf, Vec<String>),
    /// A test program and the filter for its tests.
    Program(PathBuf, String),
    /// A test program to build.
    Build(PathBuf),
    /// A test program that was built elsewhere.
    Built(PathBuf),
}

/// Where things are.
struct Lab {
    root: PathBuf,
    /// Holds the links to the library.
    libraries: PathBuf,
    /// Holds the programs and what they print.
    programs: PathBuf,
    /// When a header was changed last: programs made since then are still good.
    headers_changed: SystemTime,
    require_kvm: bool,
    /// Whether it says on stderr what programs are at while they run.
    tells_progress: bool,
}

/// When one of these files was changed last; long ago if none exists.
fn newest(files: &[PathBuf]) -> SystemTime {
    let changed = |path: &PathBuf| fs::metadata(path).and_then(|m| m.modified()).ok();
    let all = files.iter().filter_map(changed);
    all.max().unwrap_or(SystemTime::UNIX_EPOCH)
}

impl Lab {
    /// Everything in one folder, which exists.
    fn at(folder: &Path) -> Self {
        Lab {
            root: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            libraries: folder.join("lib"),
            programs: folder.join("bin"),
            headers_changed: SystemTime::UNIX_EPOCH,
            require_kvm: env::var_os("ZX_REQUIRE_KVM").is_some_and(|value| value == "1"),
            tells_progress: false,
        }
    }

    /// In a folder that becomes new, or in the one beside this build's library.
    fn new(folder: Option<&Path>) -> Result<Self> {
        let executable = env::current_exe()?;
        let deps = executable.parent().ok_or("no deps folder")?;
        let library = deps.join("libzx.so");
        check_fresh(&library)?;
        let place = deps.parent().ok_or("no profile folder")?.join("ctests");
        let mut lab = Lab::at(folder.unwrap_or(&place));
        let mut headers = below(&lab.root.join("include"))?;
        headers.extend(below(&lab.root.join("ctests"))?);
        headers.retain(|path| path.extension().is_some_and(|e| e == "h"));
        lab.headers_changed = newest(&headers);
        if folder.is_some() && lab.programs.exists() {
            fs::remove_dir_all(&lab.programs)?;
        }
        fs::create_dir_all(&lab.libraries)?;
        fs::create_dir_all(&lab.programs)?;
        for name in ["libzx.so", "libzx.so.0"] {
            let link = lab.libraries.join(name);
            match fs::remove_file(&link) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => std::os::unix::fs::symlink(&library, &link)?,
            }
        }
        Ok(lab)
    }

    fn header_jobs(&self, filter: &str) -> Result<Vec<Job>> {
        let include = self.root.join("include");
        let mut headers = Vec::new();
        for path in below(&include)? {
            if path.extension().is_some_and(|e| e == "h") {
                headers.push(path.strip_prefix(&include)?.display().to_string());
            }
        }
        let cxx = self.root.join("ctests/cxx_headers.cc");
        let mut jobs: Vec<_> = headers.iter().cloned().map(Job::Header).collect();
        jobs.push(Job::Cxx(cxx, headers));
        jobs.retain(|job| format!("headers/{}", name(job)).contains(filter));
        Ok(jobs)
    }

    fn program_jobs(&self, filter: &str) -> Result<Vec<Job>> {
        let mut sources = below(&self.root.join("ctests"))?;
        sources.retain(|path| path.extension().is_some_and(|e| e == "c"));
        let named = |path: &PathBuf| stem(path).contains(filter);
        let tests = if sources.iter().any(named) {
            sources.retain(named);
            ""
        } else {
            filter
        };
        let job = |path| Job::Program(path, tests.to_owned());
        let jobs: Vec<_> = sources.into_iter().map(job).collect();
        if jobs.is_empty() {
            return Err("no test programs".into());
        }
        Ok(jobs)
    }

    fn build_jobs(&self, names: &[String]) -> Result<Vec<Job>> {
        let mut sources = below(&self.root.join("ctests"))?;
        sources.retain(|path| path.extension().is_some_and(|e| e == "c"));
        if let Some(name) = names
            .iter()
            .find(|n| sources.iter().all(|s| stem(s) != **n))
        {
            return Err(format!("no test program {name}").into());
        }
        sources.retain(|path| names.is_empty() || names.contains(&stem(path)));
        Ok(sources.into_iter().map(Job::Build).collect())
    }

    /// The report, not printed yet.
    fn perform(&self, job: &Job) -> (bool, Report) {
        let mut report = Report::default();
        let done = match job {
            Job::Header(header) => self.check_header(header, &mut report),
            Job::Cxx(source, headers) => self.check_cxx(source, headers, &mut report),
            Job::Program(source, tests) => self.check_program(source, tests, &mut report),
            Job::Build(source) => self.build(source, &mut report).map(drop),
            Job::Built(binary) => self.run_program(&stem(binary), binary, "", &mut report),
        };
        if let Err(error) = done {
            report.add(Outcome::Fail, &name(job), &error.to_string());
        }
        (false, report)
    }

    fn check_header(&self, header: &str, report: &mut Report) -> Result<()> {
        let file = header.replace('/', "_");
        let source = self.programs.join(file).with_extension("h.c");
        fs::write(
            &source,
            format!("#include <{header}>\nextern int not_empty;\n"),
        )?;
        let mut compiler = self.compiler("gcc", "-std=c11");
        compiler.arg("-fsyntax-only").arg(&source);
        judge(&mut compiler, &format!("headers/{header}"), report)
    }

    fn check_cxx(&self, source: &Path, headers: &[String], report: &mut Report) -> Result<()> {
        let text = fs::read_to_string(source)?;
        let missing: Vec<_> = headers
            .iter()
            .filter(|header| !text.contains(&format!("#include <{header}>")))
            .collect();
        if !missing.is_empty() {
            let why = format!("does not include {missing:?}");
            report.add(Outcome::Fail, "headers/cxx_headers", &why);
            return Ok(());
        }
        let mut compiler = self.compiler("g++", "-std=c++17");
        compiler.arg("-fsyntax-only").arg(source);
        judge(&mut compiler, "headers/cxx_headers", report)
    }

    fn check_program(&self, source: &Path, tests: &str, report: &mut Report) -> Result<()> {
        match self.build(source, report)? {
            Some(binary) => self.run_program(&stem(source), &binary, tests, report),
            None => Ok(()),
        }
    }

    /// The program; none, and a failure in the report, when it does not compile.
    fn build(&self, source: &Path, report: &mut Report) -> Result<Option<PathBuf>> {
        let program = stem(source);
        let binary = self.programs.join(&program);
        let sources = [source.to_owned(), source.with_extension("S")];
        let changed = newest(&sources).max(self.headers_changed);
        if newest(std::slice::from_ref(&binary)) > changed {
            return Ok(Some(binary));
        }
        let mut compiler = self.compiler("gcc", "-std=c11");
        compiler.args(["-O1", "-g", "-o"]).arg(&binary).arg(source);
        let assembly = source.with_extension("S");
        if assembly.exists() {
            compiler.arg(assembly);
        }
        compiler.arg("-L").arg(&self.libraries);
        compiler.args(["-lzx", "-lpthread"]);
        let output = compiler.output()?;
        if !output.status.success() {
            report.add(Outcome::Fail, &program, "does not compile");
            report.detail(&String::from_utf8_lossy(&output.stderr));
            return Ok(None);
        }
        Ok(Some(binary))
    }

    fn run_program(
        &self,
        program: &str,
        binary: &Path,
        tests: &str,
        report: &mut Report,
    ) -> Result<()> {
        let (out, err) = (binary.with_extension("out"), binary.with_extension("err"));
        let mut command = Command::new(binary);
        command
            .arg(tests)
            .env("LD_LIBRARY_PATH", &self.libraries)
            .env("ZTEST_PROGRESS", "1")
            .envs(cfg!(debug_assertions).then_some(("ZTEST_UNOPTIMIZED", "1")))
            .stdin(Stdio::null())
            .stdout(fs::File::create(&out)?)
            .stderr(fs::File::create(&err)?);
        let mut told = self.tells_progress.then(|| Follow::new(program, &err));
        let status = finish(command.spawn()?, &mut told)?;
        let printed = String::from_utf8_lossy(&fs::read(&out)?).into_owned();
        let complaints = String::from_utf8_lossy(&fs::read(&err)?).into_owned();

        let before = report.outcomes.len();
        let failed = self.read_lines(program, &printed, report);
        let count = report.outcomes.len() - before;
        let code = status.and_then(|status| status.code());
        let expected = match (failed, count) {
            (true, _) => code == Some(1),
            (false, 0) => code == Some(0) && !tests.is_empty(),
            (false, _) => matches!(code, Some(0 | EXIT_SKIPPED)),
        };
        if !expected {
            let last = complaints
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix("running "));
            let why = format!("{} in {}", ending(status), last.unwrap_or("main"));
            report.add(Outcome::Fail, program, &why);
        }
        if failed || !expected {
            for line in complaints.lines().filter(|l| !l.starts_with("running ")) {
                report.detail(line);
            }
        }
        Ok(())
    }

    /// Turns what a program printed into outcomes; whether a test failed.
    fn read_lines(&self, program: &str, printed: &str, report: &mut Report) -> bool {
        let mut failed = false;
        for line in printed.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let (test, why) = rest.split_once(' ').unwrap_or((rest, ""));
            let test = format!("{program}/{}", test.trim_end_matches(':'));
            match word {
                "ok" => report.add(Outcome::Pass, &test, ""),
                "skipped" if self.require_kvm && why.to_lowercase().contains("kvm") => {
                    report.add(Outcome::Fail, &test, &format!("skipped: {why}"));
                }
                "skipped" => report.add(Outcome::Skip, &test, why),
                "FAILED" => {
                    failed = true;
                    report.add(Outcome::Fail, &test, why);
                }
                _ => report.detail(line),
            }
        }
        failed
    }

    fn compiler(&self, name: &str, standard: &str) -> Command {
        let mut command = Command::new(name);
        command.arg(standard).args(WARNINGS);
        command.arg("-I").arg(self.root.join("include"));
        command
    }
}

fn name(job: &Job) -> String {
    match job {
        Job::Header(header) => header.clone(),
        Job::Cxx(path, _) | Job::Program(path, _) | Job::Build(path) | Job::Built(path) => {
            stem(path)
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Every file below a folder, in order of name.
fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(below(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Passes if the command succeeds.
fn judge(command: &mut Command, test: &str, report: &mut Report) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        report.add(Outcome::Pass, test, "");
    } else {
        report.add(Outcome::Fail, test, "does not compile");
        report.detail(&String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}

/// Copies what a program writes on stderr to this one's, as it comes.
struct Follow {
    program: String,
    file: PathBuf,
    done: usize,
}

impl Follow {
    fn new(program: &str, file: &Path) -> Self {
        eprintln!("begin {program}");
        Follow {
            program: program.to_owned(),
            file: file.to_owned(),
            done: 0,
        }
    }

    /// Copies the whole lines that are new.
    fn copy(&mut self) -> io::Result<()> {
        let bytes = fs::read(&self.file)?;
        let new = bytes.get(self.done..).unwrap_or_default();
        for line in new.split_inclusive(|byte| *byte == b'\n') {
            if line.ends_with(b"\n") {
                eprint!("{}: {}", self.program, String::from_utf8_lossy(line));
                self.done += line.len();
            }
        }
        Ok(())
    }
}

/// Waits for a program; kills it, and gives `None`, when it takes too long.
fn finish(mut child: Child, told: &mut Option<Follow>) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(told) = told {
            told.copy()?;
        }
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > TIME_LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn ending(status: Option<ExitStatus>) -> String {
    match status {
        None => format!("killed after {} s", TIME_LIMIT.as_secs()),
        Some(status) => match (status.signal(), status.code()) {
            (Some(signal), _) => format!("died of signal {signal}"),
            (None, Some(0)) => "ran no test".to_owned(),
            (None, code) => format!("exit status {}", code.unwrap_or(-1)),
        },
    }
}

/// Refuses a library that is older than its sources, as cargo's own list of them tells.
fn check_fresh(library: &Path) -> Result<()> {
    let built = fs::metadata(library)
        .and_then(|meta| meta.modified())
        .map_err(|error| format!("{}: {error}", library.display()))?;
    let deps = library.parent().ok_or("no deps folder")?;
    let rule = format!("{}:", library.display());
    for path in below(deps)? {
        if path.extension().is_none_or(|e| e != "d") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        for source in text
            .lines()
            .filter_map(|line| line.strip_prefix(&rule))
            .flat_map(str::split_whitespace)
        {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
            if fs::metadata(&source).is_ok_and(|m| m.modified().is_ok_and(|time| time > built)) {
                let (library, source) = (library.display(), source.display());
                return Err(format!("{library} is older than {source}").into());
            }
        }
    }
    Ok(())
}
