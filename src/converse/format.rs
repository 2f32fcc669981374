//! What a file is to Converse: its kind, and the word for its format.
//!
//! In: the media type that a file is labelled with, its names, and its content where that is in the call. Clients label
//! files by guess, or as `application/octet-stream`; the name or the content often says more. In this order:
//!
//! 1. content that cannot be mistaken: PDF, PNG, JPEG, GIF, WebP; of an Office package what fits it of 2 and 3, or what
//!    is in it;
//! 2. the media type;
//! 3. the ending of a name;
//! 4. content that is UTF-8 text, of no label of another kind: `txt`.
//!
//! Sources: `ImageBlock`, `DocumentBlock`, `VideoBlock`, `AudioBlock` of the Converse API reference;
//! <https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern>; the file headers of ZIP and of OLE.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::body::Source;

/// A kind of file, which is a kind of block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Image,
    Document,
    Video,
    Audio,
}

impl Kind {
    /// One of them.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Image => "image",
            Kind::Document => "document",
            Kind::Video => "video",
            Kind::Audio => "audio",
        }
    }

    /// Converse's formats of the kind.
    pub(crate) fn formats(self) -> String {
        let mut formats = String::new();
        for (kind, format, ..) in TABLE {
            if *kind == self && *format != NOT_TAKEN {
                formats.push_str(if formats.is_empty() { "" } else { ", " });
                formats.push_str(format);
            }
        }
        formats
    }
}

/// The kind of a file, and Converse's word for its format; none where Converse takes no such format.
pub(crate) type Format = (Kind, Option<&'static str>);

/// In the table, a format that Converse does not take, whatever its content looks like.
const NOT_TAKEN: &str = "";

const TXT: &str = "txt";

/// A kind, Converse's word for the format, its media types, and the endings of its names.
type Row = (Kind, &'static str, &'static str, &'static str);

/// The one table of formats; of an ending that is there twice the first row wins, unless another is of the kind that the
/// file is given as.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    (Kind::Image, "png", "image/png image/x-png", "png"),
    (Kind::Image, "jpeg", "image/jpeg image/jpg image/pjpeg", "jpg jpeg jfif"),
    (Kind::Image, "gif", "image/gif", "gif"),
    (Kind::Image, "webp", "image/webp", "webp"),
    (Kind::Image, NOT_TAKEN, "image/tiff image/bmp image/x-ms-bmp image/heic image/heif image/avif image/x-icon image/vnd.microsoft.icon", "tif tiff bmp heic heif avif ico psd"),
    (Kind::Document, "pdf", "application/pdf application/x-pdf", "pdf"),
    (Kind::Document, "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
    (Kind::Document, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    (Kind::Document, "doc", "application/msword", "doc"),
    (Kind::Document, "xls", "application/vnd.ms-excel application/msexcel application/x-msexcel", "xls"),
    (Kind::Document, "csv", "text/csv application/csv text/x-csv application/x-csv", "csv"),
    (Kind::Document, "html", "text/html application/xhtml+xml", "html htm xhtml"),
    (Kind::Document, "md", "text/markdown text/x-markdown", "md markdown mkd"),
    (Kind::Document, TXT,
        "application/json application/xml application/yaml application/x-yaml application/toml application/javascript \
         application/x-javascript application/ecmascript application/typescript application/sql application/graphql \
         application/x-sh application/x-python application/x-httpd-php application/x-ndjson application/jsonl \
         application/rtf application/x-tex application/x-subrip application/x-latex message/rfc822",
        "txt text log json jsonl ndjson json5 xml xsd xsl yaml yml toml ini cfg conf properties env tsv rst adoc tex srt vtt \
         eml rtf svg diff patch sql graphql proto sh bash zsh fish ps1 bat cmd py pyi rb pl pm php lua r jl js mjs cjs jsx \
         ts mts cts tsx vue svelte css scss less java kt kts scala groovy gradle clj c h cc cpp cxx hh hpp m mm cs fs vb go \
         rs swift dart zig ex exs erl hs ml tf ipynb"),
    (Kind::Document, NOT_TAKEN,
        "application/vnd.openxmlformats-officedocument.presentationml.presentation application/vnd.ms-powerpoint \
         application/vnd.oasis.opendocument.text application/vnd.oasis.opendocument.spreadsheet \
         application/vnd.oasis.opendocument.presentation application/epub+zip",
        "pptx ppt odt ods odp epub pages numbers key"),
    (Kind::Video, "mp4", "video/mp4", "mp4 m4v"),
    (Kind::Video, "mov", "video/quicktime", "mov"),
    (Kind::Video, "mkv", "video/x-matroska", "mkv"),
    (Kind::Video, "webm", "video/webm", "webm"),
    (Kind::Video, "flv", "video/x-flv", "flv"),
    (Kind::Video, "mpeg", "video/mpeg", "mpeg"),
    (Kind::Video, "mpg", "video/mpg", "mpg"),
    (Kind::Video, "wmv", "video/x-ms-wmv", "wmv"),
    (Kind::Video, "three_gp", "video/3gpp", "three_gp 3gp 3gpp"),
    (Kind::Audio, "mp3", "audio/mpeg audio/mp3", "mp3"),
    (Kind::Audio, "wav", "audio/wav audio/x-wav audio/wave", "wav"),
    (Kind::Audio, "opus", "audio/opus", "opus"),
    (Kind::Audio, "aac", "audio/aac", "aac"),
    (Kind::Audio, "x-aac", "audio/x-aac", "x-aac"),
    (Kind::Audio, "flac", "audio/flac audio/x-flac", "flac"),
    (Kind::Audio, "ogg", "audio/ogg", "ogg"),
    (Kind::Audio, "mp4", "audio/mp4", "mp4"),
    (Kind::Audio, "m4a", "audio/m4a audio/x-m4a", "m4a"),
    (Kind::Audio, "webm", "audio/webm", "webm"),
    (Kind::Audio, "mka", "audio/x-matroska", "mka"),
    (Kind::Audio, "pcm", "audio/pcm", "pcm"),
];

/// Ends of media types that say that it is text of some form.
const TEXT_SUFFIXES: [&str; 3] = ["+json", "+xml", "+yaml"];

fn known(row: &Row) -> Format {
    let (kind, format, ..) = *row;
    (kind, Some(format).filter(|format| *format != NOT_TAKEN))
}

fn document(format: &'static str) -> Format {
    (Kind::Document, Some(format))
}

fn has(words: &str, word: &str) -> bool {
    words
        .split_ascii_whitespace()
        .any(|known| known.eq_ignore_ascii_case(word))
}

/// What a media type such as `text/plain; charset=utf-8` says; none where it says nothing.
pub(crate) fn of_media_type(media_type: &str) -> Option<Format> {
    let essence = media_type.split(';').next().unwrap_or("").trim();
    if let Some(row) = TABLE.iter().find(|(_, _, types, _)| has(types, essence)) {
        return Some(known(row));
    }
    let starts = |with: &str| {
        essence
            .get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with))
    };
    let ends = |with: &&str| essence.to_ascii_lowercase().ends_with(with);
    (starts("text/") || TEXT_SUFFIXES.iter().any(ends)).then(|| document(TXT))
}

/// An image, a video or a sound of a format that is not in the table.
fn of_unknown_medium(media_type: &str) -> Option<Format> {
    let (top, _) = media_type.trim_start().split_once('/')?;
    let mut media = [Kind::Image, Kind::Video, Kind::Audio].into_iter();
    let kind = media.find(|kind| kind.name().eq_ignore_ascii_case(top))?;
    Some((kind, None))
}

/// What the ending of a name or of an address says, of a file that is given as `kind`.
fn of_name(kind: Kind, name: &str) -> Option<Format> {
    let (_, ending) = name.rsplit_once('.')?;
    let named = || {
        TABLE
            .iter()
            .filter(|(_, _, _, endings)| has(endings, ending))
    };
    let own = named().find(|(known, ..)| *known == kind);
    own.or_else(|| named().next()).map(known)
}

/// What the first bytes of a file say.
#[derive(Debug, PartialEq)]
enum Magic {
    Exactly(Format),
    /// A ZIP archive, as the newer Office formats are.
    Zip,
    /// A compound file, as the older Office formats are.
    Ole,
}

fn magic(head: &[u8]) -> Option<Magic> {
    let image = |format| Some(Magic::Exactly((Kind::Image, Some(format))));
    match head {
        [b'%', b'P', b'D', b'F', ..] => Some(Magic::Exactly(document("pdf"))),
        [0x89, b'P', b'N', b'G', ..] => image("png"),
        [0xff, 0xd8, 0xff, ..] => image("jpeg"),
        [b'G', b'I', b'F', b'8', ..] => image("gif"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => image("webp"),
        [b'P', b'K', 3, 4, ..] => Some(Magic::Zip),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some(Magic::Ole),
        _ => None,
    }
}

/// What is in a ZIP archive, by the names of its first files.
fn packed(head: &[u8]) -> Option<Format> {
    const HEADER: &[u8] = b"PK\x03\x04";
    // Where a file's name stands behind the beginning of its header.
    const NAME: usize = 30;
    const FOLDERS: [(&[u8], Option<&str>); 3] = [
        (b"word/", Some("docx")),
        (b"xl/", Some("xlsx")),
        (b"ppt/", None),
    ];
    let headers = head.windows(HEADER.len()).enumerate();
    let mut names = headers
        .filter(|(_, bytes)| *bytes == HEADER)
        .filter_map(|(at, _)| head.get(at + NAME..));
    names.find_map(|name| {
        let is_in = |(folder, _): &&(&[u8], _)| name.starts_with(folder);
        let folder = FOLDERS.iter().find(is_in);
        folder.map(|(_, format)| (Kind::Document, *format))
    })
}

/// At most so many of the first bytes of a source that is in the call.
fn head(source: &Source<'_>, most: usize) -> Vec<u8> {
    match source {
        Source::Bytes(bytes) => bytes.iter().take(most).copied().collect(),
        Source::Base64(base64) => {
            // Whole groups of four digits.
            let digits = base64.len().min(most.div_ceil(3) * 4);
            STANDARD
                .decode(base64.get(..digits).unwrap_or_default())
                .unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The whole of a source that is in the call.
pub(crate) fn content<'s>(source: &'s Source<'_>) -> Option<Cow<'s, [u8]>> {
    match source {
        Source::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        Source::Base64(base64) => STANDARD.decode(base64.as_bytes()).ok().map(Cow::Owned),
        _ => None,
    }
}

/// Whether it is a word of Converse's for a document's format.
pub(crate) fn is_document(format: &str) -> bool {
    let of_documents = TABLE.iter().filter(|(kind, ..)| *kind == Kind::Document);
    let mut formats = of_documents.map(|(_, known, ..)| *known);
    format != NOT_TAKEN && formats.any(|known| known == format)
}

/// Whether a format is text, which a model without documents reads as text.
pub(crate) fn is_text(format: &str) -> bool {
    matches!(format, "txt" | "md" | "csv" | "html")
}

fn is_plain(source: &Source<'_>) -> bool {
    content(source).is_some_and(|bytes| !bytes.contains(&0) && std::str::from_utf8(&bytes).is_ok())
}

/// The format of a file that is given as `kind`; none where it cannot be recognised.
pub(crate) fn of(
    kind: Kind,
    media_type: &str,
    names: [&str; 2],
    source: Option<&Source<'_>>,
) -> Option<Format> {
    /// In the first files of an archive.
    const ARCHIVE: usize = 64 << 10;
    const MAGIC: usize = 12;
    let labelled = of_media_type(media_type);
    let named = names.iter().find_map(|name| of_name(kind, name));
    let stated = || [labelled, named].into_iter().flatten();
    let magic = source.and_then(|source| magic(&head(source, MAGIC)));
    let stated_as = |formats: [&str; 2]| {
        stated().find(|(_, format)| format.is_some_and(|format| formats.contains(&format)))
    };
    let seen = match magic {
        // A text may begin as an image does.
        Some(Magic::Exactly((Kind::Image, _)))
            if labelled.is_some_and(|(_, format)| format.is_some_and(is_text)) =>
        {
            None
        }
        Some(Magic::Exactly(format)) => Some(format),
        Some(Magic::Zip) => stated_as(["docx", "xlsx"]).or_else(|| {
            let is_not_taken = stated().any(|(_, format)| format.is_none());
            let archive = source.filter(|_| !is_not_taken)?;
            packed(&head(archive, ARCHIVE))
        }),
        Some(Magic::Ole) => stated_as(["doc", "xls"]),
        // Windows labels tables of text so.
        None if labelled == Some(document("xls")) && named == Some(document("csv")) => named,
        None => None,
    };
    let is_text = || magic.is_none() && source.is_some_and(is_plain);
    // Several kinds of files end in `.key`.
    let is_misnamed = named == Some((Kind::Document, None)) && is_text();
    seen.or(labelled)
        .or(named.filter(|_| !is_misnamed))
        .or_else(|| of_unknown_medium(media_type))
        .or_else(|| is_text().then(|| document(TXT)))
}
