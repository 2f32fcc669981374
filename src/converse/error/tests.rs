use super::*;

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Error {
    of_answer(&Head::new(status, headers.iter().copied()), body.as_bytes())
}

#[test]
fn the_code_is_found_in_every_form_that_aws_uses() {
    for (headers, body) in [
        (&[("X-Amzn-ErrorType", "ThrottlingException")][..], "{}"),
        (
            &[(
                "x-amzn-errortype",
                "ThrottlingException:http://internal.amazon.com/",
            )],
            r#"{"message":"slow down"}"#,
        ),
        (
            &[("x-amzn-errortype", "com.amazon.bedrock#ThrottlingException")],
            "",
        ),
        (&[], r#"{"__type":"com.amazon.coral#ThrottlingException"}"#),
        (&[], r#"{"code":"ThrottlingException"}"#),
        (&[], r#"{"Code":"ThrottlingException"}"#),
        (
            &[("x-amzn-errortype", "ThrottlingException")],
            r#"{"__type":"Other"}"#,
        ),
    ] {
        let error = answer(429, headers, body);
        assert_eq!(
            error.code.as_deref(),
            Some("ThrottlingException"),
            "{headers:?} {body}"
        );
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::RateLimited, true)
        );
    }
}

#[test]
fn any_body_gives_a_useful_message() {
    let html = "<html><head><title>502 Bad Gateway</title></head></html>";
    for (status, headers, body, says) in [
        (500, &[][..], "", "HTTP status 500 with no message"),
        (
            502,
            &[("content-type", "text/html")],
            html,
            "of type text/html that is not AWS's: <html>",
        ),
        (400, &[], r#"{"message":"bad field"}"#, "bad field"),
        (400, &[], r#"{"Message":"bad field"}"#, "bad field"),
        (400, &[], r#"{"errorMessage":"bad field"}"#, "bad field"),
        (400, &[], r#"{"message":null}"#, "not AWS's"),
        (400, &[], "[1,2]", "[1,2]"),
        (400, &[], "{\"message\":\"a\\nb\\u0000\"}", "a b"),
        (
            424,
            &[],
            r#"{"message":"failed","originalMessage":"boom","originalStatusCode":500}"#,
            "answered 500: boom",
        ),
    ] {
        let error = answer(status, headers, body);
        assert!(
            error.message.contains(says),
            "{status} {body}: {}",
            error.message
        );
        assert_eq!(error.status, Some(status));
    }
    let error = of_answer(&Head::new(400, []), &[0xff, 0xfe, 0x00]);
    assert!(error.message.contains("400"), "{}", error.message);
}

#[test]
fn the_kind_follows_the_code_and_else_the_status() {
    for (status, code, kind, retryable) in [
        (400, "ValidationException", ErrorKind::InvalidRequest, false),
        (
            400,
            "ServiceQuotaExceededException",
            ErrorKind::RateLimited,
            false,
        ),
        (403, "AccessDeniedException", ErrorKind::Permission, false),
        (
            403,
            "InvalidSignatureException",
            ErrorKind::Authentication,
            false,
        ),
        (404, "ResourceNotFoundException", ErrorKind::NotFound, false),
        (408, "ModelTimeoutException", ErrorKind::Timeout, true),
        (424, "ModelErrorException", ErrorKind::Upstream, false),
        (429, "ModelNotReadyException", ErrorKind::RateLimited, true),
        (
            503,
            "ServiceUnavailableException",
            ErrorKind::Overloaded,
            true,
        ),
        (429, "", ErrorKind::RateLimited, true),
        (413, "", ErrorKind::RequestTooLarge, false),
        (599, "", ErrorKind::Upstream, true),
        (418, "Teapot", ErrorKind::Upstream, false),
    ] {
        let error = answer(status, &[("x-amzn-errortype", code)], "{}");
        assert_eq!(
            (error.kind, error.retryable),
            (kind, retryable),
            "{status} {code}"
        );
    }
}

#[test]
fn k17_a_full_context_has_the_code_that_clients_know_and_its_own_words() {
    for words in [
        "Input is too long for requested model.",
        "prompt is too long: 200049 tokens > 200000 maximum",
        "The model returned the following errors: prompt is too long: 227255 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 199234 + 21333 > 200000, decrease input length or `max_tokens` and try again",
        "The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.",
        "Too many input tokens. Max input tokens: 8192, request input token count: 11415",
        "too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.",
        "This model's maximum context length is 8192 tokens. Please reduce the length of the prompt",
        "Your input exceeds the context window of this model.",
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    ] {
        let body = format!(r#"{{"message":{words:?}}}"#);
        for headers in [&[("x-amzn-errortype", "ValidationException")][..], &[]] {
            let error = answer(400, headers, &body);
            assert_eq!(
                error.code.as_deref(),
                Some("context_length_exceeded"),
                "{words}"
            );
            assert_eq!(
                (error.kind, error.retryable),
                (ErrorKind::InvalidRequest, false)
            );
            assert_eq!((error.message.as_str(), error.status), (words, Some(400)));
        }
        for name in ["validationException", "modelStreamErrorException"] {
            let error = of_exception(name, body.as_bytes());
            assert_eq!(
                error.code.as_deref(),
                Some("context_length_exceeded"),
                "{name}"
            );
            assert_eq!(
                (error.kind, error.retryable),
                (ErrorKind::InvalidRequest, false)
            );
        }
    }
    // The same words of another fault.
    for (status, code, words) in [
        (
            429,
            "ThrottlingException",
            "Too many tokens, please wait before trying again.",
        ),
        (
            400,
            "ServiceQuotaExceededException",
            "Too many tokens per day.",
        ),
        (429, "", "Too many tokens"),
        (
            400,
            "ValidationException",
            "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens",
        ),
        (
            400,
            "ValidationException",
            "The maximum tokens you requested exceeds the model limit of 4096.",
        ),
    ] {
        let body = format!(r#"{{"message":{words:?}}}"#);
        let error = answer(status, &[("x-amzn-errortype", code)], &body);
        assert_eq!(error.code.as_deref().unwrap_or_default(), code, "{words}");
    }
}

#[test]
fn a_model_that_is_not_there_is_not_found_with_the_names_to_try() {
    let invalid = "The provided model identifier is invalid.";
    for (status, code, words, model, advice) in [
        (
            400,
            "ValidationException",
            invalid,
            "us.anthropic.claude-fable-5-2",
            " Nearest: anthropic.claude-fable-5",
        ),
        (
            400,
            "",
            invalid,
            "eu.amazon.nova-premier-v1:0",
            " Its profiles, by region: us.amazon.nova-premier-v1:0.",
        ),
        (
            400,
            "ValidationException",
            invalid,
            "qwen.qwen3-32b-v1:0",
            " Nearest: qwen.qwen3",
        ),
        (
            400,
            "ValidationException",
            invalid,
            "arn:aws:bedrock:us-east-1:1:prompt/x",
            "",
        ),
        (
            404,
            "ResourceNotFoundException",
            "Could not resolve the foundation model from the provided model identifier.",
            "newvendor.nova",
            " Nearest: ",
        ),
        (
            404,
            "ResourceNotFoundException",
            "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
            "anthropic.claude-v1",
            " Nearest: ",
        ),
    ] {
        let body = format!(r#"{{"message":{words:?}}}"#);
        let error = answer(status, &[("x-amzn-errortype", code)], &body);
        let error = with_models(error, model);
        assert_eq!(
            (error.kind, error.retryable),
            (ErrorKind::NotFound, false),
            "{words}"
        );
        assert_eq!(error.code.as_deref(), Some("model_not_found"), "{words}");
        assert_eq!(
            (error.path.as_deref(), error.status),
            (Some("model"), Some(status))
        );
        let expected = [words, advice].concat();
        assert!(
            error.message.starts_with(&expected),
            "{model}: {}",
            error.message
        );
    }
    // Something else is not there.
    let error = answer(
        404,
        &[("x-amzn-errortype", "ResourceNotFoundException")],
        r#"{"message":"Prompt not found"}"#,
    );
    assert_eq!(
        with_models(error, "a.b").code.as_deref(),
        Some("ResourceNotFoundException")
    );
}

#[test]
fn request_id_and_retry_hint_are_kept() {
    let error = answer(
        429,
        &[("x-amzn-RequestId", "r-1"), ("x-amz-retry-after", "1500")],
        "{}",
    );
    assert_eq!(
        (error.request_id.as_deref(), error.retry_after_ms),
        (Some("r-1"), Some(1500))
    );
}

#[test]
fn an_exception_frame_keeps_its_name_and_text() {
    let error = of_exception("throttlingException", br#"{"message":"Too many tokens"}"#);
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (ErrorKind::RateLimited, Some("ThrottlingException"))
    );
    assert_eq!(error.message, "Too many tokens");
    let error = of_exception("brandNewException", b"not json");
    assert_eq!(
        (error.code.as_deref(), error.message.as_str()),
        (Some("brandNewException"), "not json")
    );
}

#[test]
fn a_failure_without_a_text_is_told_in_words() {
    let head = Head::new(503, []);
    for (error, words) in [
        (
            of_exception("brandNewException", b""),
            "brandNewException with no message",
        ),
        (
            of_exception("throttlingException", br#"{"message":"\u0007"}"#),
            "ThrottlingException with no message",
        ),
        (
            of_error_frame("InternalFailure", " "),
            "InternalFailure with no message",
        ),
        (of_error_frame("", ""), "an error with no message"),
        (
            of_answer(
                &head,
                br#"{"message":"The Canonical String for this request"}"#,
            ),
            "an error with no message",
        ),
        (
            of_error_frame("ExpiredTokenException", ""),
            "ExpiredTokenException with no message: the session token has expired: get new credentials",
        ),
    ] {
        assert_eq!(error.message, words);
    }
}
